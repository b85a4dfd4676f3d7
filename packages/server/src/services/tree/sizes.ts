/**
 * Sizes of folders. Writes only append to the journal; a roll-up folds those rows into folder rows, and whoever reads a size adds what
 * is pending. The fold in memory is shared by readers and the roll-up, and thrown away when sizes were rolled up elsewhere.
 */
import { isAppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { JournalService } from '../journal/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { conflict } from './errors.ts';
import { coalesce } from './coalesce.ts';
import * as q from './queries.ts';
import * as sizeQueries from './size-queries.ts';
import { SizeFold, type FolderRow, type FoldSource } from './size-fold.ts';

const rowsPerCommit = 10_000;
const maxTries = 8;

export interface Totals {
  readonly bytes: number;
  readonly files: number;
}

export class Sizes {
  readonly #sql: SqlStore;
  readonly #journal: Pick<JournalService, 'read' | 'head'>;
  readonly #source: FoldSource;
  readonly #refresh: () => Promise<void>;
  #fold: SizeFold | null = null;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(sql: SqlStore, journal: Pick<JournalService, 'read' | 'head'>) {
    this.#sql = sql;
    this.#journal = journal;
    this.#source = {
      read: (after, limit) => journal.read(after, limit),
      ancestry: (ids, position) => this.#ancestry(ids, position),
    };
    this.#refresh = coalesce(() => this.#exclusive(() => this.#catchUp(Infinity)));
  }

  /** Reads rows of folders together with what is pending for them. */
  async withPending<T>(
    read: () => Promise<T>,
  ): Promise<{ readonly value: T; readonly pending: (id: string) => Totals }> {
    for (let tries = 1; ; tries++) {
      const before = await this.#position();
      const value = await read();
      await this.#refresh();
      const fold = this.#fold;
      // Unequal where a roll-up came in between: the rows may be from before it or from after it.
      if (fold?.start === before || tries >= maxTries)
        return { value, pending: (id) => fold?.deltas.get(id) ?? none };
    }
  }

  async folder(id: string): Promise<Totals> {
    const { value, pending } = await this.withPending(() => this.#sql.reader.get(q.nodeById, { id }));
    const more = pending(id);
    return { bytes: (value?.size ?? 0) + more.bytes, files: (value?.files ?? 0) + more.files };
  }

  async used(workspace: WorkspaceRecord): Promise<number> {
    return (await this.usedOf([workspace])).get(workspace.id) ?? 0;
  }

  /** Bytes below the roots and in the trash, by workspace. */
  async usedOf(workspaces: readonly WorkspaceRecord[]): Promise<ReadonlyMap<string, number>> {
    const ids = workspaces.flatMap(({ rootId, trashId }) => [rootId, trashId]);
    const { value, pending } = await this.withPending(() => this.#sql.reader.all(q.nodesByIds, { ids }));
    const bytes = new Map(value.map((row) => [row.id, row.size + pending(row.id).bytes]));
    return new Map(
      workspaces.map(({ id, rootId, trashId }) => [id, (bytes.get(rootId) ?? 0) + (bytes.get(trashId) ?? 0)]),
    );
  }

  /** Up to the head of now. Where another node is faster, its work counts as well. @returns rows of the journal folded in here */
  async rollUp(signal: AbortSignal): Promise<number> {
    const head = await this.#journal.head();
    let total = 0;
    for (let losses = 0; !signal.aborted && (await this.#position()) < head;) {
      try {
        total += await this.#exclusive(() => this.#rollUpOnce());
      } catch (error) {
        if (!isAppError(error, 'conflict') || ++losses > maxTries) throw error;
      }
    }
    return total;
  }

  async #rollUpOnce(): Promise<number> {
    await this.#catchUp(rowsPerCommit);
    const fold = this.#fold;
    if (fold === null || fold.position === fold.start) return 0;
    const { start: from, position: to } = fold;
    const changes = [...fold.deltas]
      .map(([id, delta]) => ({ id, ...delta }))
      .filter((change) => change.bytes !== 0 || change.files !== 0 || change.changedAt !== 0)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#fold = null;
    return this.#sql.transaction(async (tx) => {
      if ((await tx.run(sizeQueries.movePosition, { from, to })) === 0)
        throw conflict('changed', 'sizes are being rolled up by another node');
      await tx.runMany(sizeQueries.addToFolder, changes);
      return to - from;
    });
  }

  /** Brings the fold up to the head, or by about `limit` rows. */
  async #catchUp(limit: number): Promise<void> {
    for (let tries = 1; tries <= maxTries; tries++) {
      const start = await this.#position();
      if (this.#fold?.start !== start) this.#fold = new SizeFold(start, this.#source);
      if (await advanceFar(this.#fold, limit)) return;
      this.#fold = null;
    }
    throw conflict('changed', 'sizes are being rolled up by another node');
  }

  async #position(): Promise<number> {
    return (await this.#sql.reader.get(sizeQueries.position, sizeQueries.nothing))?.position ?? 0;
  }

  async #ancestry(ids: readonly string[], position: number): Promise<readonly FolderRow[] | null> {
    const rows = await this.#sql.reader.all(sizeQueries.ancestry, { ids });
    return rows.every((row) => row.position === position) ? rows : null;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work, work);
    this.#tail = run.catch(() => undefined);
    return run;
  }
}

const none: Totals = { bytes: 0, files: 0 };

async function advanceFar(fold: SizeFold, limit: number): Promise<boolean> {
  for (;;) {
    const rows = await fold.advance();
    if (rows === null) return false;
    if (rows === 0 || fold.position - fold.start >= limit) return true;
  }
}
