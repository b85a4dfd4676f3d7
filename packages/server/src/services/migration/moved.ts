/** Where stores are since they were moved while the database stayed: the one place that nodes on the old and on the new ones both ask. */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../kernel/errors.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import { guardedTables } from './plan.ts';
import { readSide } from './state.ts';
import type { MigrationStateTable, MigrationTables } from './tables.ts';

const Places = Type.Record(
  Type.String(),
  Type.Object({ variable: Type.String(), place: Type.String(), shown: Type.String() }),
);
/** Kind of store -> its variable, what tells it from others, and its URL without secrets. */
export type Places = Static<typeof Places>;

interface Moved {
  readonly row: MigrationStateTable;
  readonly places: Places;
}

const define = queriesOf<MigrationTables & { follower_cursors: { name: string } }>();
const setPhase = define<{ phase: string; at: number }>((db, p) =>
  db
    .updateTable('migration_state')
    .set({ phase: p.phase as 'taken', updated_at: p.at })
    .where('side', '=', 'places'),
);
const endSource = define<Record<string, never>>((db) =>
  db.deleteFrom('migration_state').where('side', '=', 'source'),
);
const forgetCursors = define<Record<string, never>>((db) => db.deleteFrom('follower_cursors'));

/** @returns null where no store was moved around this database */
export async function readMoved(reader: SqlReader): Promise<Moved | null> {
  const row = await readSide(reader, 'places');
  if (row === undefined) return null;
  const places: unknown = JSON.parse(row.peer);
  if (!Value.Check(Places, places)) throw new AppError('corrupt', 'migration_state: places cannot be read');
  return { row, places };
}

/** @returns what a node on these stores may not be: on another than a store was moved to; null where all is right */
export function strayOf({ places }: Moved, own: Places): AppError | null {
  const strays = Object.entries(places).filter(([kind, { place }]) => own[kind]?.place !== place);
  if (strays.length === 0) return null;
  const text = strays.map(([, { variable, shown }]) => `${variable} was moved to ${shown}`).join(', ');
  return new AppError(
    'conflict',
    `${text}: use that here, too ("volvox migrate --abort" goes back to the old one; what was written since then stays behind)`,
  );
}

export async function setMovedPhase(
  sql: SqlStore,
  phase: MigrationStateTable['phase'],
  at: number,
): Promise<void> {
  await sql.transaction((tx) => tx.run(setPhase, { phase, at }));
}

/** A node on the new stores takes changes again; followers fill documents that are new. May be done twice. */
export async function takeOver(sql: SqlStore, { places }: Moved, at: number): Promise<void> {
  await sql.transaction(async (tx) => {
    if (places['documents'] !== undefined) await tx.run(forgetCursors, {});
    await tx.run(endSource, {});
  });
  await sql.unguard(guardedTables);
  await setMovedPhase(sql, 'taken', at);
}
