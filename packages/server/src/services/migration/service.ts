/** Moves everything from one set of stores to another (docs/decisions/0007-migration.md). Opens and closes nothing. */
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { MigrationReport, MovedStores, MovedTable, Progress, SharedStores, Stage } from './api.ts';
import { lookAtBoth, type Beginning } from './beginning.ts';
import { bringOver, type Comparison } from './compare.ts';
import { ContentsCopier, contentsTotals, settleContents } from './contents.ts';
import { guardSource, letWrite } from './guarding.ts';
import { guardedTables, plannedTables, type PlannedTable } from './plan.ts';
import { compareSmall, copySmall } from './small-stores.ts';
import { readSide, removeSide, writeSide } from './state.ts';
import type { MigrationStateTable } from './tables.ts';
import { continueOrdinals } from './writes.ts';

export interface MigrationOptions {
  readonly source: MovedStores;
  readonly target: MovedStores;
  readonly shared: SharedStores;
  /** Variables of the stores that change. */
  readonly moved: readonly string[];
  /** For people: URLs without secrets. */
  readonly names: { readonly source: string; readonly target: string };
  /** Copies damaged contents as they are and goes on without missing ones. */
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly progress: (progress: Progress) => void;
  /** Gives positions to rows of the source's journal that have none yet. */
  readonly stampJournal: () => Promise<void>;
  /** The last step before the target may be used. */
  readonly finish: () => Promise<void>;
}

/** While more changes than this are found, another turn before the server becomes read-only makes that time shorter. */
const fewChanges = 2_000;
const mostTurns = 4;

/** @throws conflict for a target that is not empty, corrupt naming contents, and whatever a store throws. The server may write again then. */
export async function migrateStores(options: MigrationOptions): Promise<MigrationReport> {
  const { source, target, shared, names } = options;
  const beginning = await lookAtBoth(source, target, shared, names.target);
  return new Move(options, beginning).run();
}

/** The source may be written again. @returns whether there was anything to give up */
export async function giveUpMigration(sql: SqlStore, clock: Clock): Promise<boolean> {
  const ours = await readSide(sql.reader, 'source');
  const moved = await readSide(sql.reader, 'places');
  await sql.unguard(guardedTables);
  // Where stores went by an earlier move stays true.
  const under = ours !== undefined && ours.phase !== 'given_up';
  if (moved !== undefined && (!under || ours.id === moved.id)) await removeSide(sql, 'places');
  if (ours === undefined || ours.phase === 'given_up') return moved !== undefined;
  await writeSide(sql, { ...ours, phase: 'given_up', updated_at: clock.now() });
  return true;
}

class Move {
  readonly #options: MigrationOptions;
  readonly #beginning: Beginning;
  readonly #copier: ContentsCopier;
  #frozenAt = 0;

  constructor(options: MigrationOptions, beginning: Beginning) {
    this.#options = options;
    this.#beginning = beginning;
    const { source, target, signal, keepGoing, shared } = options;
    this.#copier = new ContentsCopier({ source, target, signal, keepGoing, shared: shared.has('blobs') });
  }

  async run(): Promise<MigrationReport> {
    if (!this.#beginning.resumed) {
      await this.#note('source', 'copying');
      await this.#note('target', 'filling');
    }
    try {
      if (!this.#beginning.frozen) {
        await this.#note('source', 'copying');
        await this.#copyWhileServing();
      }
      return await this.#copyTheRest();
    } catch (error) {
      await letWrite(error, async () => {
        await this.#options.source.sql.unguard(guardedTables);
        await this.#note('source', 'copying');
      });
      throw error;
    }
  }

  /** Everything as it is, while it changes: what is caught in between is put right later. */
  async #copyWhileServing(): Promise<void> {
    for (let turn = 1; turn <= mostTurns; turn++) {
      const comparisons = await this.#turn('tables');
      this.#copier.refuseFindings();
      if (differencesOf(comparisons) <= fewChanges) return;
    }
  }

  async #copyTheRest(): Promise<MigrationReport> {
    const { source, target, shared } = this.#options;
    await this.#freeze();
    const comparisons = await this.#turnsUntilEqual();
    this.#tell('secrets', '', 0, null);
    const small = await copySmall(source, target, shared);
    const live: MovedTable[] = [];
    for (const table of plannedTables.filter((t) => t.live === true)) {
      const { rows } = await this.#bring(table, 'tables');
      live.push({ table: table.name, rows, sha256: null });
    }
    if (target.sql.dialect === 'postgres')
      await target.sql.transaction(async (tx) => void (await tx.get(continueOrdinals, {})));
    const blobs = await this.#verify();
    await this.#options.finish();
    await this.#note('source', 'done');
    await this.#note('target', 'done');
    this.#tell('done', '', 0, null);
    return {
      id: this.#beginning.id,
      state: 'done',
      moved: this.#options.moved,
      tables: [
        ...comparisons.map((c) => ({ table: c.table, rows: c.rows, sha256: c.sourceSha256 })),
        ...live,
      ],
      blobs,
      ...small,
      findings: [...this.#copier.findings.values()],
      readOnlyMs: Math.round(this.#options.clock.monotonic() - this.#frozenAt),
    };
  }

  /** From here on no table that was not exempted changes, on any node. */
  async #freeze(): Promise<void> {
    const { source, clock, stampJournal } = this.#options;
    this.#tell('read-only', '', 0, null);
    this.#frozenAt = clock.monotonic();
    await guardSource(source.sql, this.#options.signal);
    await stampJournal();
    await this.#note('source', 'frozen');
  }

  /** The turn that finds nothing proves that every table is equal on both sides. */
  async #turnsUntilEqual(): Promise<readonly Comparison[]> {
    for (let turn = 1; turn <= mostTurns; turn++) {
      const comparisons = await this.#turn('verify');
      this.#copier.refuseFindings();
      const differing = comparisons.filter((c) => c.differences > 0 || c.sourceSha256 !== c.targetSha256);
      if (differing.length === 0) return comparisons;
      if (turn === mostTurns)
        throw new AppError('corrupt', `not equal on both sides: ${differing.map((c) => c.table).join(', ')}`);
    }
    return [];
  }

  async #turn(stage: Stage): Promise<readonly Comparison[]> {
    const comparisons: Comparison[] = [];
    for (const table of plannedTables.filter((t) => t.live !== true))
      comparisons.push(await this.#bring(table, table.name === 'chunks' ? 'contents' : stage));
    return comparisons;
  }

  async #bring(table: PlannedTable, stage: Stage): Promise<Comparison> {
    const { source, target, signal } = this.#options;
    const total = table.name === 'chunks' ? (await contentsTotals(source.sql.background)).count : null;
    this.#tell(stage, table.name, 0, total);
    return bringOver(table, {
      source: source.sql,
      target: target.sql,
      signal,
      progress: (rows) => this.#tell(stage, table.name, rows, total),
      ...(table.name === 'chunks' ? { before: this.#copier.bring } : {}),
    });
  }

  async #verify(): Promise<{ readonly count: number; readonly bytes: number }> {
    const { source, target, shared, signal } = this.#options;
    const totals = await contentsTotals(source.sql.background);
    this.#tell('verify', 'contents', 0, totals.count);
    if (!shared.has('blobs')) {
      const found = await settleContents(target, signal);
      if (found.count !== totals.count || found.bytes !== totals.bytes) {
        await this.#copier.mend();
        this.#copier.refuseFindings();
      }
    }
    await compareSmall(source, target, shared);
    return totals;
  }

  #note(side: MigrationStateTable['side'], phase: MigrationStateTable['phase']): Promise<void> {
    const { clock, names, source, target } = this.#options;
    return writeSide(side === 'source' ? source.sql : target.sql, {
      side,
      id: this.#beginning.id,
      phase,
      peer: side === 'source' ? names.target : names.source,
      updated_at: clock.now(),
    });
  }

  #tell(stage: Stage, part: string, done: number, total: number | null): void {
    this.#options.progress({ stage, part, done, total });
  }
}

function differencesOf(comparisons: readonly Comparison[]): number {
  return comparisons.reduce((sum, comparison) => sum + comparison.differences, 0);
}
