/** One set of stores made equal to another, part by part; what a move and the restoring of a backup have in common. */
import type { MovedStores, Progress, SharedStores, Stage } from './api.ts';
import { bringOver, type Comparison } from './compare.ts';
import { ContentsCopier, contentsTotals, settleContents } from './contents.ts';
import { plannedTables, type PlannedTable } from './plan.ts';
import { compareSmall } from './small-stores.ts';

export interface CopyingOptions {
  readonly source: MovedStores;
  readonly target: MovedStores;
  readonly shared: SharedStores;
  /** Copies damaged contents as they are and goes on without missing ones. */
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

export class Copying {
  readonly copier: ContentsCopier;
  readonly #options: CopyingOptions;

  constructor(options: CopyingOptions) {
    this.#options = options;
    const { source, target, signal, keepGoing, shared } = options;
    this.copier = new ContentsCopier({ source, target, signal, keepGoing, shared: shared.has('blobs') });
  }

  /** All of these tables once, contents with their rows. */
  async turn(stage: Stage, tables: readonly PlannedTable[]): Promise<readonly Comparison[]> {
    const comparisons: Comparison[] = [];
    for (const table of tables)
      comparisons.push(await this.bring(table, table.name === 'chunks' ? 'contents' : stage));
    return comparisons;
  }

  async bring(table: PlannedTable, stage: Stage): Promise<Comparison> {
    const { source, target, signal } = this.#options;
    const total = table.name === 'chunks' ? (await contentsTotals(source.sql.background)).count : null;
    this.tell(stage, table.name, 0, total);
    return bringOver(table, {
      source: source.sql.background,
      target: target.sql,
      signal,
      progress: (rows) => this.tell(stage, table.name, rows, total),
      ...(table.name === 'chunks' ? { before: this.copier.bring } : {}),
    });
  }

  /** Contents by number and bytes, the small stores one by one. @throws corrupt naming what is not equal */
  async verify(): Promise<{ readonly count: number; readonly bytes: number }> {
    const { source, target, shared, signal } = this.#options;
    const totals = await contentsTotals(source.sql.background);
    this.tell('verify', 'contents', 0, totals.count);
    if (!shared.has('blobs')) {
      const found = await settleContents(target, signal);
      if (found.count !== totals.count || found.bytes !== totals.bytes) {
        await this.copier.mend();
        this.copier.refuseFindings();
      }
    }
    await compareSmall(source, target, shared);
    return totals;
  }

  tell(stage: Stage, part = '', done = 0, total: number | null = null): void {
    this.#options.progress({ stage, part, done, total });
  }
}

/** @returns names of tables that a turn has not found equal */
export function differing(comparisons: readonly Comparison[]): readonly string[] {
  return comparisons
    .filter((c) => c.differences > 0 || c.sourceSha256 !== c.targetSha256)
    .map(({ table }) => table);
}

/** Those that stand still while nobody may write. */
export const stillTables = plannedTables.filter((table) => table.live !== true);
