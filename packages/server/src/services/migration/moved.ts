/** Where stores are since they were moved while the database stayed: the one place that nodes on the old and on the new ones both ask. */
import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../kernel/errors.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import { everGuarded } from './plan.ts';
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

interface Tables extends MigrationTables {
  follower_cursors: { name: string };
  contents_place: { place: string };
}

const define = queriesOf<Tables>();
/** Where chunks may be added from now on: '' for everywhere. */
export const setContentsPlace = define<{ place: string }>((db, p) =>
  db.updateTable('contents_place').set({ place: p.place }),
);
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

/** @returns what tells the store of contents from others, as each chunk's statement asks (`contents/queries.ts`); '' if `places` names none */
export function contentsPlace({ blobs }: Places): string {
  return blobs === undefined ? '' : createHash('sha256').update(blobs.place).digest('hex');
}

/** @returns null where no store was moved around this database */
export function readMoved(reader: SqlReader): Promise<Moved | null> {
  return readPlaces(reader, 'places');
}

async function readPlaces(reader: SqlReader, side: 'places' | 'next'): Promise<Moved | null> {
  const row = await readSide(reader, side);
  if (row === undefined) return null;
  const places: unknown = JSON.parse(row.peer);
  if (!Value.Check(Places, places)) throw new AppError('corrupt', `migration_state: ${side} cannot be read`);
  return { row, places };
}

/** @throws conflict for a node on stores that a move is still filling */
export async function refuseUnfilled(reader: SqlReader, own: Places): Promise<void> {
  const next = await readPlaces(reader, 'next');
  if (next === null || next.row.id === (await readSide(reader, 'places'))?.id) return;
  const unfilled = Object.entries(next.places).filter(([kind, { place }]) => own[kind]?.place === place);
  if (unfilled.length === 0) return;
  const names = unfilled.map(([, { variable, shown }]) => `${variable} (${shown})`).join(', ');
  throw new AppError(
    'conflict',
    `${names} is being filled by "volvox migrate": let it finish before a node starts there`,
  );
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

/** A node on the new stores takes changes again, one on the old contents adds none; followers fill documents that are new. May be done twice. */
export async function takeOver(sql: SqlStore, { places }: Moved, at: number): Promise<void> {
  await sql.transaction(async (tx) => {
    if (places['documents'] !== undefined) await tx.run(forgetCursors, {});
    if (places['blobs'] !== undefined) await tx.run(setContentsPlace, { place: contentsPlace(places) });
    await tx.run(endSource, {});
  });
  await sql.unguard(everGuarded);
  await setMovedPhase(sql, 'taken', at);
}
