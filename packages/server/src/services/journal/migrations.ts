import type { Migration } from '../../stores/sql/contract.ts';

const id = { postgres: 'char(36) collate "C"', mysql: 'char(36) character set ascii collate ascii_bin' };
const name = {
  postgres: 'varchar(60) collate "C"',
  mysql: 'varchar(60) character set ascii collate ascii_bin',
};
const workspaceIndex = 'create index journal_workspace on journal (workspace_id, seq)';

export const journalMigrations: readonly Migration[] = [
  {
    name: '20261122-journal-0001',
    up: {
      sqlite: [
        `create table journal (seq integer primary key, id text not null, at integer not null, kind text not null, actor_id text,
          node_id text, parent_id text, workspace_id text, "before" text, "after" text, bytes integer not null,
          files integer not null) strict`,
        workspaceIndex,
        `create table follower_cursors (name text not null primary key, position integer not null, rebuilding integer not null,
          error text, updated_at integer not null) strict, without rowid`,
      ],
      postgres: [
        `create table journal (id ${id.postgres} primary key, seq bigint unique, at bigint not null, kind ${name.postgres} not null,
          actor_id ${id.postgres}, node_id ${id.postgres}, parent_id ${id.postgres}, workspace_id ${id.postgres},
          "before" text, "after" text, bytes bigint not null, files bigint not null)`,
        workspaceIndex,
        'create index journal_unstamped on journal (id) where seq is null',
        'create table journal_head (id integer primary key, seq bigint not null)',
        'insert into journal_head (id, seq) values (1, 0)',
        `create table follower_cursors (name ${name.postgres} primary key, position bigint not null, rebuilding smallint not null,
          error text, updated_at bigint not null)`,
      ],
      mysql: [
        `create table journal (id ${id.mysql} primary key, seq bigint unique, at bigint not null, kind ${name.mysql} not null,
          actor_id ${id.mysql}, node_id ${id.mysql}, parent_id ${id.mysql}, workspace_id ${id.mysql},
          \`before\` mediumtext character set utf8mb4, \`after\` mediumtext character set utf8mb4, bytes bigint not null,
          files bigint not null) engine=innodb`,
        workspaceIndex,
        'create table journal_head (id integer primary key, seq bigint not null) engine=innodb',
        'insert into journal_head (id, seq) values (1, 0)',
        `create table follower_cursors (name ${name.mysql} primary key, position bigint not null, rebuilding smallint not null,
          error text character set utf8mb4, updated_at bigint not null) engine=innodb`,
      ],
    },
  },
];
