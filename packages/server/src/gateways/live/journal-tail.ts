import type { JournalRow, JournalService } from '../../services/journal/api.ts';

const kept = 1_000;
const batch = 500;

/** The newest rows of the journal in memory, so that a hundred open streams cost one read per commit and not a hundred. */
export class JournalTail {
  readonly #journal: Pick<JournalService, 'read' | 'head'>;
  #rows: JournalRow[] = [];
  /** `#rows` are all rows with start < seq <= end. */
  #start = 0;
  #end = 0;
  #ready: Promise<void> | null = null;
  #loading: Promise<void> | null = null;

  constructor(journal: Pick<JournalService, 'read' | 'head'>) {
    this.#journal = journal;
  }

  head(): Promise<number> {
    return this.#journal.head();
  }

  async read(after: number, limit: number): Promise<readonly JournalRow[]> {
    await (this.#ready ??= this.#begin());
    if (after >= this.#end) await (this.#loading ??= this.#load());
    if (after < this.#start || after > this.#end) return this.#journal.read(after, limit);
    const from = this.#rows.findIndex((row) => row.seq > after);
    return from < 0 ? [] : this.#rows.slice(from, from + limit);
  }

  async #begin(): Promise<void> {
    try {
      this.#start = this.#end = await this.#journal.head();
    } catch (error) {
      this.#ready = null;
      throw error;
    }
  }

  async #load(): Promise<void> {
    try {
      const rows = await this.#journal.read(this.#end, batch);
      this.#rows.push(...rows);
      this.#end = rows.at(-1)?.seq ?? this.#end;
      const surplus = this.#rows.length - kept;
      if (surplus > 0) this.#start = this.#rows.splice(0, surplus).at(-1)?.seq ?? this.#start;
    } finally {
      this.#loading = null;
    }
  }
}
