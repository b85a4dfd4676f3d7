/**
 * Adds up what rows of the journal do to the sizes of folders. A row counts for the folders that were above it when it was written, so
 * the fold keeps the parents of then: a folder's parent before its first move within the fold comes from that move's row, any other
 * from the database, and each move that is passed changes it. Rows are therefore looked through for moves (`scan`) up to a position
 * that was the head after the database was asked.
 */
import type { JournalRow } from '../journal/api.ts';
import { effectOf, type SizeEffect } from './journal-entries.ts';

export interface FolderRow {
  readonly id: string;
  readonly parent_id: string | null;
  readonly size: number;
  readonly files: number;
}

export interface Delta {
  bytes: number;
  files: number;
  /** Of the newest change of the folder's members; 0: none. */
  changedAt: number;
}

export interface FoldSource {
  /** Stamped rows after a position, in order. */
  read(after: number, limit: number): Promise<readonly JournalRow[]>;
  /** These folders and all above them; null if sizes have been rolled up to another position meanwhile. */
  ancestry(ids: readonly string[], position: number): Promise<readonly FolderRow[] | null>;
}

const pageRows = 1000;
/** Only a damaged tree is deeper. */
const maxDepth = 100_000;

export class SizeFold {
  /** Where it starts: sizes in the database contain everything up to here. */
  readonly start: number;
  /** Everything up to here is in `deltas`. */
  position: number;
  readonly deltas = new Map<string, Delta>();
  readonly #source: FoldSource;
  /** Parents as of `position`. */
  readonly #parents = new Map<string, string | null>();
  /** Sizes as of `start`. */
  readonly #stored = new Map<string, FolderRow>();
  #scanned: number;

  constructor(start: number, source: FoldSource) {
    this.start = start;
    this.position = start;
    this.#scanned = start;
    this.#source = source;
  }

  /** Folds the next page. @returns rows folded; null if the fold is out of date and a new one is needed */
  async advance(): Promise<number | null> {
    const rows = await this.#source.read(this.position, pageRows);
    const last = rows.at(-1);
    if (last === undefined) return 0;
    if (this.#scanned < last.seq) this.#note(rows, null);
    const effects = rows.map(effectOf);
    if (!(await this.#learn(effects))) return null;
    for (const [i, effect] of effects.entries()) if (effect !== null) this.#apply(effect, rows[i]?.at ?? 0);
    this.position = last.seq;
    return rows.length;
  }

  /** Notes where moved folders came from. `loaded`: their parents were just read from the database, perhaps newer than these rows. */
  #note(rows: readonly JournalRow[], loaded: Set<string> | null): void {
    for (const row of rows) {
      if (row.seq <= this.#scanned) continue;
      this.#scanned = row.seq;
      const effect = effectOf(row);
      if (effect?.kind !== 'hang' || !effect.folder) continue;
      if (loaded?.delete(effect.nodeId) || !this.#parents.has(effect.nodeId))
        this.#parents.set(effect.nodeId, effect.from);
    }
  }

  async #scan(loaded: Set<string>): Promise<void> {
    for (;;) {
      const rows = await this.#source.read(this.#scanned, pageRows);
      this.#note(rows, loaded);
      if (rows.length < pageRows) return;
    }
  }

  /** Makes sure that every folder above what the effects name is known. */
  async #learn(effects: readonly (SizeEffect | null)[]): Promise<boolean> {
    for (;;) {
      const unknown = this.#unknown(effects);
      if (unknown.size === 0) return true;
      const rows = await this.#source.ancestry([...unknown], this.start);
      if (rows === null) return false;
      const loaded = new Set<string>();
      for (const row of rows) {
        this.#stored.set(row.id, row);
        unknown.delete(row.id);
        if (this.#parents.has(row.id)) continue;
        this.#parents.set(row.id, row.parent_id);
        loaded.add(row.id);
      }
      for (const id of unknown) {
        this.#stored.set(id, { id, parent_id: null, size: 0, files: 0 });
        if (this.#parents.has(id)) continue;
        this.#parents.set(id, null);
        loaded.add(id);
      }
      await this.#scan(loaded);
      if (unknown.size > 0) await this.#findPurged(unknown);
    }
  }

  /**
   * Folders that are gone: what was written into them at the last moment counts for where they were purged from, which is where the row
   * that tells of it takes everything away again.
   */
  async #findPurged(gone: ReadonlySet<string>): Promise<void> {
    for (let after = this.position; after < this.#scanned;) {
      const rows = await this.#source.read(after, pageRows);
      const last = rows.at(-1);
      if (last === undefined) return;
      for (const { before, kind, parentId } of rows) {
        const ids = kind === 'node.purged' ? before?.['ids'] : null;
        if (!Array.isArray(ids)) continue;
        for (const id of ids)
          if (typeof id === 'string' && gone.has(id) && this.#parents.get(id) === null)
            this.#parents.set(id, parentId);
      }
      after = last.seq;
    }
  }

  #unknown(effects: readonly (SizeEffect | null)[]): Set<string> {
    const unknown = new Set<string>();
    const seen = new Set<string>();
    const climb = (from: string): void => {
      for (let id: string | null = from; id !== null && !seen.has(id); id = this.#parents.get(id) ?? null) {
        seen.add(id);
        if (!this.#stored.has(id)) unknown.add(id);
      }
    };
    for (const effect of effects) {
      if (effect?.kind === 'add') climb(effect.parentId);
      if (effect?.kind !== 'hang') continue;
      climb(effect.from);
      climb(effect.to);
      if (effect.folder) climb(effect.nodeId);
    }
    return unknown;
  }

  #apply(effect: SizeEffect, at: number): void {
    if (effect.kind === 'add') {
      this.#add(effect.parentId, effect.bytes, effect.files);
      if (effect.member) this.#changed(effect.parentId, at);
      return;
    }
    const { nodeId, from, to } = effect;
    const { bytes, files } = effect.folder ? this.totalOf(nodeId) : effect;
    this.#add(from, -bytes, -files);
    if (effect.folder) this.#parents.set(nodeId, to);
    this.#add(to, bytes, files);
    this.#changed(from, at);
    this.#changed(to, at);
  }

  /** As of `position`, of a folder that the fold knows. */
  totalOf(id: string): { readonly bytes: number; readonly files: number } {
    const stored = this.#stored.get(id);
    const delta = this.deltas.get(id);
    return {
      bytes: (stored?.size ?? 0) + (delta?.bytes ?? 0),
      files: (stored?.files ?? 0) + (delta?.files ?? 0),
    };
  }

  #add(folderId: string, bytes: number, files: number): void {
    if (bytes === 0 && files === 0) return;
    let id: string | null = folderId;
    for (let depth = 0; id !== null && depth < maxDepth; depth++, id = this.#parents.get(id) ?? null) {
      const delta = this.#delta(id);
      delta.bytes += bytes;
      delta.files += files;
    }
  }

  #changed(folderId: string, at: number): void {
    const delta = this.#delta(folderId);
    delta.changedAt = Math.max(delta.changedAt, at);
  }

  #delta(id: string): Delta {
    let delta = this.deltas.get(id);
    if (delta === undefined) this.deltas.set(id, (delta = { bytes: 0, files: 0, changedAt: 0 }));
    return delta;
  }
}
