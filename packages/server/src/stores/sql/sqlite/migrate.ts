import { sql } from 'kysely';
import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Migration } from '../contract.ts';
import { queriesOf } from '../query.ts';
import { acceptNewer, inOrder, type Applied, type SchemaTables } from '../schema-version.ts';
import type { SqliteTransaction } from './transaction.ts';
import type { Writer } from './writer.ts';

const define = queriesOf<SchemaTables>();
const selectApplied = define<Record<string, never>, Applied>((db) =>
  db.selectFrom('schema_migrations').select(['name', 'needs']).orderBy('name'),
);
const record = define<{ name: string; at: number; needs: string | null }>((db, p) =>
  db.insertInto('schema_migrations').values({ name: p.name, applied_at: p.at, needs: p.needs }),
);
const selectColumn = define<Record<string, never>>((db) => ({
  compile: () =>
    sql`select name from pragma_table_info('schema_migrations') where name = 'needs'`.compile(db),
}));

export interface MigrateDeps {
  readonly writer: Writer;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Each migration is a transaction of its own, which looks again whether another process has applied it meanwhile. */
export async function migrate(
  { writer, clock, log }: MigrateDeps,
  migrations: readonly Migration[],
  version?: string,
): Promise<void> {
  const ordered = inOrder(migrations);
  const applied = await writer.submit(async (tx) => {
    await makeTable(tx);
    return tx.all(selectApplied, {});
  });
  const unknown = acceptNewer(applied, ordered, version);
  if (unknown.length > 0)
    log.info({ unknown }, 'the database was migrated by a newer version, beside which this one can work');
  const done = new Set(applied.map((row) => row.name));
  for (const migration of ordered) {
    if (!done.has(migration.name)) await writer.submit((tx) => apply(tx, migration, clock));
  }
}

async function makeTable(tx: SqliteTransaction): Promise<void> {
  tx.exec(
    'create table if not exists schema_migrations (name text not null primary key, applied_at integer not null, needs text) strict, without rowid',
  );
  // Made by an older version.
  if ((await tx.get(selectColumn, {})) === undefined)
    tx.exec('alter table schema_migrations add column needs text');
}

async function apply(tx: SqliteTransaction, migration: Migration, clock: Clock): Promise<void> {
  const done = await tx.all(selectApplied, {});
  if (done.some((row) => row.name === migration.name)) return;
  for (const statement of migration.up.sqlite) tx.exec(statement);
  await tx.run(record, { name: migration.name, at: clock.now(), needs: migration.needs ?? null });
}
