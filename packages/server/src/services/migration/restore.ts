/** Brings a backup to empty stores. They count as half-filled, and no node starts there, until all of it is there and proved equal. */
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Finding, MovedStores, Progress } from './api.ts';
import type { Taken } from './backup.ts';
import { requireEmpty } from './beginning.ts';
import type { Comparison } from './compare.ts';
import { Copying, differing } from './copying.ts';
import { plannedTables } from './plan.ts';
import { copySmall, sumOfSettings } from './small-stores.ts';
import { readSide, writeSide } from './state.ts';
import { sumOf } from './sums.ts';
import type { MigrationStateTable } from './tables.ts';
import { continueOrdinals } from './writes.ts';

export interface RestoreOptions {
  /** Of the backup. */
  readonly id: string;
  /** For people: when it was taken. */
  readonly name: string;
  /** The backup's stores, brought to this version; changes may be made in its database, which is a copy. */
  readonly source: MovedStores;
  readonly target: MovedStores;
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly progress: (progress: Progress) => void;
}

export interface Restored {
  readonly rows: number;
  readonly blobs: { readonly count: number; readonly bytes: number };
  readonly secrets: number;
  readonly settings: number;
  readonly findings: readonly Finding[];
}

const mostTurns = 4;

/** Before the backup's database is brought to this version. @throws corrupt naming every table that is not as it was written */
export async function verifyRows(
  { sql, config }: Pick<MovedStores, 'sql' | 'config'>,
  taken: Pick<Taken, 'tables' | 'settings'>,
  signal: AbortSignal,
): Promise<void> {
  const faults = [...(await sql.verify())];
  for (const { table, key, columns, rows, sha256 } of taken.tables) {
    const [first, ...rest] = key;
    if (first === undefined) throw new AppError('corrupt', `the manifest knows no key of ${table}`);
    const found = await sumOf(sql.background, { name: table, key: [first, ...rest] }, signal, columns);
    if (found.rows !== rows) faults.push(`table ${table} has ${found.rows} rows instead of ${rows}`);
    else if (found.sha256 !== sha256) faults.push(`table ${table} has other rows than were written`);
  }
  if ((await sumOfSettings(config)) !== taken.settings.sha256)
    faults.push('the settings are not those that were written');
  if (faults.length > 0) throw new AppError('corrupt', `the backup is damaged: ${faults.join('; ')}`);
}

/** @throws conflict for a target that is not empty, corrupt naming contents. May be cut off and begun again. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { source, target, clock, id, name } = options;
  const note = (phase: MigrationStateTable['phase']): Promise<void> =>
    writeSide(target.sql, { side: 'target', id, phase, peer: name, updated_at: clock.now() });
  if (!(await isBegun(options))) {
    await requireEmpty(target, new Set());
    await note('restoring');
  }
  const copying = new Copying({ ...options, shared: new Set() });
  const comparisons = await turnsUntilEqual(copying);
  copying.tell('secrets');
  const small = await copySmall(source, target, new Set());
  if (target.sql.dialect === 'postgres')
    await target.sql.transaction(async (tx) => void (await tx.get(continueOrdinals, {})));
  const blobs = await copying.verify();
  await note('done');
  copying.tell('done');
  const rows = comparisons.reduce((sum, comparison) => sum + comparison.rows, 0);
  return { rows, blobs, ...small, findings: [...copying.copier.findings.values()] };
}

/** @returns whether this backup is being brought there already @throws conflict */
async function isBegun({ target, id }: RestoreOptions): Promise<boolean> {
  const theirs = await readSide(target.sql.reader, 'target');
  if (theirs === undefined) return false;
  if (theirs.id === id && theirs.phase === 'restoring') return true;
  throw new AppError(
    'conflict',
    theirs.phase === 'done'
      ? 'the target is not empty: everything was brought there already, and nodes may work there by now'
      : `the target is not empty: something else was begun there (${theirs.peer})`,
    { details: { reason: 'not_empty' } },
  );
}

/** The turn that finds nothing proves that every table is equal on both sides. */
async function turnsUntilEqual(copying: Copying): Promise<readonly Comparison[]> {
  for (let turn = 1; turn <= mostTurns; turn++) {
    const comparisons = await copying.turn(turn === 1 ? 'tables' : 'verify', plannedTables);
    copying.copier.refuseFindings();
    const unequal = differing(comparisons);
    if (unequal.length === 0) return comparisons;
    if (turn === mostTurns) throw new AppError('corrupt', `not equal on both sides: ${unequal.join(', ')}`);
  }
  return [];
}
