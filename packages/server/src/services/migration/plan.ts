/** What becomes of each table when all stores are moved. A test holds this list against the schema. */
import type { GuardedTable } from '../../stores/sql/contract.ts';

export interface PlannedTable {
  readonly name: string;
  /** The primary key. Ordered bytewise on every database. */
  readonly key: readonly [string] | readonly [string, string];
  /** Changed also while the server is read-only (log-ins, duties): copied last, as it then is. */
  readonly live?: true;
  /** Other tables refer to it: its rows are changed in place, and removed only when nothing refers to them. */
  readonly referred?: { readonly by: string; readonly column: string };
  /** Of rows that refer to others: only those whose others are there are copied. */
  readonly refers?: { readonly to: string; readonly column: string };
  /** Changes that the guard lets through; see GuardedTable. */
  readonly guard?: Omit<GuardedTable, 'name'>;
}

const all = ['insert', 'update', 'delete'] as const;

export const plannedTables: readonly PlannedTable[] = [
  { name: 'chunks', key: ['id'], referred: { by: 'version_chunks', column: 'chunk_id' } },
  { name: 'version_chunks', key: ['version_id', 'position'], refers: { to: 'chunks', column: 'chunk_id' } },
  // Positions may still be given to rows that were committed without one.
  { name: 'journal', key: ['seq'], guard: { changes: ['insert', 'delete'] } },
  { name: 'roles', key: ['id'] },
  { name: 'access_rules', key: ['node_id', 'role_id'] },
  {
    name: 'users',
    key: ['id'],
    guard: {
      changes: all,
      // Without last_login_at: people go on logging in.
      columns: [
        ...['login', 'display_name', 'email', 'password_hash', 'admin', 'disabled', 'group_id', 'role_id'],
        ...['quota', 'created_at', 'folded'],
      ],
    },
  },
  { name: 'user_groups', key: ['id'] },
  {
    name: 'tokens',
    key: ['id'],
    guard: {
      changes: all,
      // Without last_used_at: tokens go on being used.
      columns: ['user_id', 'kind', 'label', 'scopes', 'secret_hash', 'created_at', 'expires_at'],
    },
  },
  { name: 'setup_state', key: ['id'] },
  { name: 'workspaces', key: ['id'] },
  { name: 'nodes', key: ['id'] },
  { name: 'roots', key: ['root_id'] },
  { name: 'versions', key: ['id'] },
  { name: 'trash', key: ['node_id'] },
  { name: 'node_properties', key: ['node_id', 'name'] },
  { name: 'staged_copies', key: ['top_id'] },
  { name: 'size_rollup', key: ['id'] },
  { name: 'locks', key: ['token'] },
  { name: 'lock_chain', key: ['node_id', 'token'] },
  { name: 'lock_guards', key: ['root_id'] },
  { name: 'uploads', key: ['id'] },
  { name: 'upload_parts', key: ['upload_id', 'position'] },
  { name: 'access_epoch', key: ['id'], live: true },
  { name: 'sessions', key: ['id'], live: true },
  { name: 'login_attempts', key: ['attempt_key'], live: true },
  { name: 'job_runs', key: ['id'], live: true },
  { name: 'job_fences', key: ['job'], live: true },
];

/** Not copied: followers begin anew on the target, whose documents are made again from the journal; the rest is made by migrations. */
export const leftTables: readonly string[] = [
  'follower_cursors',
  'journal_head',
  'migration_state',
  'schema_migrations',
];

/** Columns that users and tokens change while the server is read-only. They are copied as they were when read. */
export const touchedColumns: Readonly<Record<string, readonly string[]>> = {
  users: ['last_login_at'],
  tokens: ['last_used_at'],
};

export const guardedTables: readonly GuardedTable[] = plannedTables
  .filter((table) => table.live !== true)
  .map(({ name, guard }) => ({ name, ...(guard ?? { changes: all }) }));
