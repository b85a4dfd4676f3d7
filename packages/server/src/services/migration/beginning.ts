/** Whether a move may begin or go on: the target is empty, or was begun by this very move. */
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { BlobStore } from '../../stores/blobs/contract.ts';
import type { MovedStores, SharedStores } from './api.ts';
import { plannedTables } from './plan.ts';
import { readSide } from './state.ts';
import { secretNames, settingEntries } from './small-stores.ts';
import type { MigrationStateTable } from './tables.ts';
import { countOf } from './writes.ts';

/** Migrations fill these themselves, with one row each. */
const seeded = new Set(['access_epoch', 'size_rollup', 'audit_chain']);

export interface Beginning {
  readonly id: string;
  /** Both sides know of it already. */
  readonly resumed: boolean;
  /** The source is read-only already, and stays so. */
  readonly frozen: boolean;
}

/** @throws conflict where the target is not ours, or the source is being moved elsewhere */
export async function lookAtBoth(
  source: MovedStores,
  target: MovedStores,
  shared: SharedStores,
  targetName: string,
): Promise<Beginning> {
  const ours = await readSide(source.sql.reader, 'source');
  const theirs = await readSide(target.sql.reader, 'target');
  if (theirs !== undefined && theirs.id !== ours?.id)
    throw new AppError('conflict', `the target was filled by another migration (from ${theirs.peer})`);
  if (theirs?.phase === 'done')
    throw new AppError(
      'conflict',
      'everything was moved there already, and nodes may work there by now; "volvox migrate --abort" lets this server write again',
    );
  const moving = isMoving(ours, targetName);
  const frozen = ours?.phase === 'frozen' || ours?.phase === 'done';
  if (theirs !== undefined) return { id: theirs.id, resumed: true, frozen };
  await requireEmpty(target, shared);
  return { id: moving ? ours.id : newId(), resumed: false, frozen: false };
}

/** Whether a move to there was begun and not given up. @throws conflict where one to elsewhere was */
export function isMoving(
  ours: MigrationStateTable | undefined,
  targetName: string,
): ours is MigrationStateTable {
  if (ours === undefined || ours.phase === 'given_up') return false;
  if (ours.peer === targetName) return true;
  throw new AppError(
    'conflict',
    `a migration to ${ours.peer} was begun: go on with that one, or end it with "volvox migrate --abort"`,
  );
}

/** @throws conflict naming what is there, of the stores that both sides do not share */
export async function requireEmpty(
  target: MovedStores,
  shared: ReadonlySet<keyof MovedStores>,
): Promise<void> {
  const found: string[] = [];
  for (const { name } of shared.has('sql') ? [] : plannedTables) {
    const rows = Number((await target.sql.reader.get(countOf(name), {}))?.rows ?? 0);
    if (rows > (seeded.has(name) ? 1 : 0)) found.push(`VOLVOX_SQL: table ${name}`);
  }
  if (!shared.has('vault') && (await secretNames(target.vault)).length > 0) found.push('VOLVOX_VAULT');
  if (!shared.has('config') && (await settingEntries(target.config)).length > 0) found.push('VOLVOX_CONFIG');
  if (!shared.has('blobs') && (await hasBlobs(target.blobs))) found.push('VOLVOX_BLOBS');
  if (found.length > 0)
    throw new AppError('conflict', `the target is not empty: ${found.join(', ')}`, {
      details: { reason: 'not_empty', found },
    });
}

export async function hasBlobs(blobs: BlobStore): Promise<boolean> {
  for await (const _blob of blobs.list()) return true;
  return false;
}
