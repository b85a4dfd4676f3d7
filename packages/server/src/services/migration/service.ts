/** Moves everything from one set of stores to another (docs/decisions/0007-migration.md). Opens and closes nothing. */
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { MigrationReport, MovedTable } from './api.ts';
import { lookAtBoth, type Beginning } from './beginning.ts';
import type { Comparison } from './compare.ts';
import { Copying, differing, stillTables, type CopyingOptions } from './copying.ts';
import { guardSource, letWrite } from './guarding.ts';
import { everGuarded, guardedTables, plannedTables, sealedTables } from './plan.ts';
import { copySmall } from './small-stores.ts';
import { goBack, readMoved, type Places } from './moved.ts';
import { readSide, removeSide, writeSide } from './state.ts';
import type { MigrationStateTable } from './tables.ts';
import { continueOrdinals } from './writes.ts';

export interface MigrationOptions extends CopyingOptions {
  /** Variables of the stores that change. */
  readonly moved: readonly string[];
  /** For people: URLs without secrets. */
  readonly names: { readonly source: string; readonly target: string };
  readonly clock: Clock;
  /** Gives positions to rows of the source's journal that have none yet. */
  readonly stampJournal: () => Promise<void>;
  /** The last step before the target may be used. */
  readonly finish: () => Promise<void>;
}

/** While more changes than this are found, another turn before the server becomes read-only makes that time shorter. */
const fewChanges = 2_000;
const mostTurns = 4;
const sealed = new Set(sealedTables.map(({ name }) => name));

/** @throws conflict for a target that is not empty, corrupt naming contents, and whatever a store throws. The server may write again then. */
export async function migrateStores(options: MigrationOptions): Promise<MigrationReport> {
  const { source, target, shared, names } = options;
  const beginning = await lookAtBoth(source, target, shared, names.target);
  return new Move(options, beginning).run();
}

/**
 * The source may be written again, and stores that had moved away are where they were.
 * @param own where the stores are by the settings of whoever gives up
 * @returns whether there was anything to give up
 */
export async function giveUpMigration(sql: SqlStore, clock: Clock, own: Places): Promise<boolean> {
  const ours = await readSide(sql.reader, 'source');
  const moved = await readMoved(sql.reader);
  const under = ours !== undefined && ours.phase !== 'given_up';
  // Where stores went by an earlier move stays true.
  if (moved !== null && (!under || ours.id === moved.row.id)) await goBack(sql, moved, own, clock.now());
  if (under) await removeSide(sql, 'next');
  await sql.unguard(everGuarded);
  if (ours === undefined || ours.phase === 'given_up') return moved !== null;
  await writeSide(sql, { ...ours, phase: 'given_up', updated_at: clock.now() });
  return true;
}

class Move {
  readonly #options: MigrationOptions;
  readonly #beginning: Beginning;
  readonly #copying: Copying;
  #frozenAt = 0;

  constructor(options: MigrationOptions, beginning: Beginning) {
    this.#options = options;
    this.#beginning = beginning;
    this.#copying = new Copying(options);
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
        await this.#options.source.sql.unguard(everGuarded);
        await this.#note('source', 'copying');
      });
      throw error;
    }
  }

  /** Everything as it is, while it changes: what is caught in between is put right later. */
  async #copyWhileServing(): Promise<void> {
    for (let turn = 1; turn <= mostTurns; turn++) {
      const comparisons = await this.#copying.turn('tables', stillTables);
      this.#copying.copier.refuseFindings();
      if (differencesOf(comparisons) <= fewChanges) return;
    }
  }

  async #copyTheRest(): Promise<MigrationReport> {
    const { source, target, shared } = this.#options;
    await this.#freeze();
    const comparisons = await this.#turnsUntilEqual();
    this.#copying.tell('secrets');
    const small = await copySmall(source, target, shared);
    if (target.sql.dialect === 'postgres')
      await target.sql.transaction(async (tx) => void (await tx.get(continueOrdinals, {})));
    const blobs = await this.#copying.verify();
    const live = await this.#seal();
    await this.#options.finish();
    await this.#note('source', 'done');
    await this.#note('target', 'done');
    this.#copying.tell('done');
    return {
      id: this.#beginning.id,
      state: 'done',
      moved: this.#options.moved,
      tables: [
        ...comparisons
          .filter(({ table }) => !live.some((each) => each.table === table))
          .map((c) => ({ table: c.table, rows: c.rows, sha256: c.sourceSha256 })),
        ...live,
      ],
      blobs,
      ...small,
      findings: [...this.#copying.copier.findings.values()],
      readOnlyMs: Math.round(this.#options.clock.monotonic() - this.#frozenAt),
    };
  }

  /** From here on no table that was not exempted changes, on any node. */
  async #freeze(): Promise<void> {
    const { source, clock, stampJournal } = this.#options;
    this.#copying.tell('read-only');
    this.#frozenAt = clock.monotonic();
    await guardSource(source.sql, guardedTables, this.#options.signal);
    // A run that was killed at its end may have left them.
    await source.sql.unguard(sealedTables);
    await stampJournal();
    await this.#note('source', 'frozen');
  }

  /** What people changed in the meantime, last of all; nothing is taken away from anybody on this side any more. */
  async #seal(): Promise<readonly MovedTable[]> {
    await guardSource(this.#options.source.sql, sealedTables, this.#options.signal);
    const moved: MovedTable[] = [];
    for (const table of plannedTables.filter((each) => each.live === true || each.sealed !== undefined)) {
      let brought = await this.#copying.bring(table, 'tables');
      // What does not change any more is proved equal, too.
      const still = table.live !== true;
      if (still && brought.differences > 0) brought = await this.#copying.bring(table, 'verify');
      if (still && differing([brought]).length > 0)
        throw new AppError('corrupt', `not equal on both sides: ${table.name}`);
      moved.push({
        table: table.name,
        rows: brought.rows,
        sha256: still ? brought.sourceSha256 : null,
      });
    }
    return moved;
  }

  /** The turn that finds nothing proves that every table is equal on both sides; those from which access is taken away meanwhile follow. */
  async #turnsUntilEqual(): Promise<readonly Comparison[]> {
    for (let turn = 1; turn <= mostTurns; turn++) {
      const comparisons = await this.#copying.turn('verify', stillTables);
      this.#copying.copier.refuseFindings();
      const unequal = differing(comparisons).filter((table) => !sealed.has(table));
      if (unequal.length === 0) return comparisons;
      if (turn === mostTurns) throw new AppError('corrupt', `not equal on both sides: ${unequal.join(', ')}`);
    }
    return [];
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
}

function differencesOf(comparisons: readonly Comparison[]): number {
  return comparisons.reduce((sum, comparison) => sum + comparison.differences, 0);
}
