import { AppError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Migration } from '../contract.ts';
import { queriesOf } from '../query.ts';
import type { SqliteTransaction } from './transaction.ts';
import type { Writer } from './writer.ts';

interface Tables {
  schema_migrations: { name: string; applied_at: number };
}

const define = queriesOf<Tables>();
const applied = define<Record<string, never>, { name: string }>((db) =>
  db.selectFrom('schema_migrations').select('name').orderBy('name'),
);
const record = define<{ name: string; at: number }>((db, p) =>
  db.insertInto('schema_migrations').values({ name: p.name, applied_at: p.at }),
);

/** Each migration is a transaction of its own, which looks again whether another process has applied it meanwhile. */
export async function migrate(writer: Writer, migrations: readonly Migration[], clock: Clock): Promise<void> {
  const ordered = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = new Set(ordered.map((m) => m.name));
  if (known.size !== ordered.length) throw new AppError('internal', 'two migrations have the same name');
  const done = await writer.submit(async (tx) => {
    tx.exec(
      'create table if not exists schema_migrations (name text not null primary key, applied_at integer not null) strict, without rowid',
    );
    return new Set((await tx.all(applied, {})).map((row) => row.name));
  });
  const unknown = [...done].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new AppError(
      'unsupported',
      `the database was written by a newer version (unknown: ${unknown.join(', ')}): install that version again`,
      { details: { unknown } },
    );
  }
  for (const migration of ordered) {
    if (!done.has(migration.name)) await writer.submit((tx) => apply(tx, migration, clock));
  }
}

async function apply(tx: SqliteTransaction, migration: Migration, clock: Clock): Promise<void> {
  const done = await tx.all(applied, {});
  if (done.some((row) => row.name === migration.name)) return;
  for (const statement of migration.up.sqlite) tx.exec(statement);
  await tx.run(record, { name: migration.name, at: clock.now() });
}
