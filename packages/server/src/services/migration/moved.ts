/** Where stores are since they were moved while the database stayed: the one place that nodes on the old and on the new ones both ask. */
import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../kernel/errors.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import { likenessOf, whereaboutsOf } from './places.ts';
import { everGuarded } from './plan.ts';
import { readSide, removeSideIn, writeSideIn } from './state.ts';
import type { MigrationStateTable, MigrationTables } from './tables.ts';

const Places = Type.Record(
  Type.String(),
  Type.Object({
    variable: Type.String(),
    place: Type.String(),
    shown: Type.String(),
    left: Type.Optional(Type.Array(Type.String())),
  }),
);
/**
 * Kind of store -> its variable, what tells it from others, and its URL without secrets. In a row also the places that it has left by moves;
 * none where a version moved it that did not write that down.
 */
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
const setContentsPlace = define<{ place: string }>((db, p) =>
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

/**
 * @param from where the stores are until this move
 * @returns `to`, with what each store has left then: nodes may still be set to any of it
 */
export function withLeft(to: Places, from: Places, before: Places = {}): Places {
  return Object.fromEntries(
    Object.entries(to).map(([kind, store]) => [kind, leaving(store, from[kind], before[kind])]),
  );
}

function leaving(to: Places[string], from?: Places[string], before?: Places[string]): Places[string] {
  if (before !== undefined && before.left === undefined) return to;
  const places = [...(before?.left ?? []), before?.place, from?.place].filter((place) => place !== undefined);
  // It may come back to where it was once.
  return { ...to, left: [...new Set(places)].filter((place) => likenessOf(place, to.place) !== 'same') };
}

/**
 * What is still true of moves when they are given up by somebody whose stores are `own`: of a store that is where it was moved to, everything;
 * of one that goes back, that it had moved to where it goes back to, if it had. Where all are where they were moved to, nothing: that forgets the moves.
 */
export function afterGoingBack(places: Places, own: Places): Places {
  const isThere = ([kind, store]: [string, Places[string]]): boolean =>
    whereaboutsIn(own, kind, store) === 'there';
  const entries = Object.entries(places);
  if (entries.every(isThere)) return {};
  return Object.fromEntries(
    entries.flatMap(([kind, store]): [string, Places[string]][] => {
      if (isThere([kind, store])) return [[kind, store]];
      const mine = own[kind];
      const isMine = (place: string): boolean =>
        mine !== undefined && likenessOf(place, mine.place) === 'same';
      // As nodes that went on there know it: by the spelling of that move.
      const place = store.left?.find(isMine);
      const left = store.left?.filter((each) => !isMine(each)) ?? [];
      return mine === undefined || place === undefined || left.length === 0
        ? []
        : [[kind, { ...mine, place, left }]];
    }),
  );
}

/** @throws conflict for a node on stores that a move is still filling */
export async function refuseUnfilled(reader: SqlReader, own: Places): Promise<void> {
  const next = await readPlaces(reader, 'next');
  if (next === null || next.row.id === (await readSide(reader, 'places'))?.id) return;
  const unfilled = Object.entries(next.places).filter(
    ([kind, store]) => whereaboutsIn(own, kind, store) !== 'elsewhere',
  );
  if (unfilled.length === 0) return;
  const names = unfilled.map(([, { variable, shown }]) => `${variable} (${shown})`).join(', ');
  throw new AppError(
    'conflict',
    `${names} is being filled by "volvox migrate": let it finish before a node starts there`,
  );
}

/** @returns what a node on these stores may not be: on another than a store was moved to; null where all is right */
export function strayOf({ places }: Moved, own: Places): AppError | null {
  const told: string[] = [];
  let unclear = false;
  for (const [kind, store] of Object.entries(places)) {
    const where = whereaboutsIn(own, kind, store);
    if (where === 'there') continue;
    unclear ||= where === 'unclear';
    const doubt = `, and whether ${own[kind]?.shown} is that store or the one that was left cannot be told`;
    told.push(`${store.variable} was moved to ${store.shown}${where === 'unclear' ? doubt : ''}`);
  }
  if (told.length === 0) return null;
  const advice = unclear
    ? 'name it as it was named then; or, once no node is set to the old one any more, "volvox migrate --abort" with the settings of now forgets the move'
    : 'use that here, too ("volvox migrate --abort" goes back to the old one; what was written since then stays behind)';
  return new AppError('conflict', `${told.join(', ')}: ${advice}`);
}

function whereaboutsIn(own: Places, kind: string, store: Places[string]): ReturnType<typeof whereaboutsOf> {
  const place = own[kind]?.place;
  return place === undefined ? 'elsewhere' : whereaboutsOf(place, store);
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

/** Gives up what was moved, as far as `own` stores are elsewhere. */
export async function goBack(sql: SqlStore, { row, places }: Moved, own: Places, at: number): Promise<void> {
  const left = afterGoingBack(places, own);
  const forgotten = strayOf({ row, places }, own) === null;
  // At once: without the row nobody would know any more where chunks may be added.
  await sql.transaction(async (tx) => {
    if (Object.keys(left).length > 0)
      await writeSideIn(tx, { ...row, phase: 'taken', peer: JSON.stringify(left), updated_at: at });
    else await removeSideIn(tx, 'places');
    // Forgotten, not taken back: who is there by now is to stay there.
    if (forgotten) await removeSideIn(tx, 'next');
    await tx.run(setContentsPlace, { place: contentsPlace(left) });
  });
}
