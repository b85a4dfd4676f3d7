/** What this node has written and no commit is known to point at: kept from the collectors, here by name, on other nodes by age and rows. */
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { Chunk } from './api.ts';
import { hold } from './queries.ts';

/**
 * Other nodes' collectors take blobs without rows after `contents.graceHours`. One that is older than this share of it and has no row yet
 * (its node was frozen, its sender too slow) is not pointed at any more; the rest is for clocks that differ.
 */
const trustedShare = 3 / 4;
/** Rows a transaction. */
const heldAtOnce = 1_000;

interface State {
  /** When its blob was begun, as `Clock.now`. */
  readonly since: number;
  /** It has a row: this proves from now on that the blob is there. */
  held: boolean;
  /** A transaction has tried to point at it, and may have succeeded. */
  attached: boolean;
}

export interface InFlightDeps {
  readonly sql: SqlStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly graceMs: () => number;
  readonly insert: (tx: SqlTransaction, chunks: readonly Chunk[], now: number) => Promise<void>;
}

export class InFlight {
  readonly #deps: InFlightDeps;
  readonly #states = new Map<string, State>();

  constructor(deps: InFlightDeps) {
    this.#deps = deps;
  }

  has(key: string): boolean {
    return this.#states.has(key);
  }

  isHeld(key: string): boolean {
    return this.#states.get(key)?.held === true;
  }

  begin(key: string): void {
    this.#states.set(key, { since: this.#deps.clock.now(), held: false, attached: false });
  }

  attached(chunks: readonly Chunk[]): void {
    for (const { id } of chunks) {
      const state = this.#states.get(id);
      if (state !== undefined) state.attached = true;
    }
  }

  end(keys: readonly string[]): void {
    for (const key of keys) this.#states.delete(key);
  }

  /** Those that nothing points at for sure, and those that a commit without an answer may point at. */
  sorted(chunks: readonly Chunk[]): { readonly written: string[]; readonly unsure: string[] } {
    const [written, unsure]: [string[], string[]] = [[], []];
    for (const { id } of chunks) {
      const state = this.#states.get(id);
      if (state !== undefined) (state.attached ? unsure : written).push(id);
    }
    return { written, unsure };
  }

  /** Whether it was written here and has no row. @throws unavailable if that is too long ago */
  isFresh({ id }: Chunk, now: number): boolean {
    const state = this.#states.get(id);
    if (state === undefined || state.held) return false;
    if (now - state.since > trustedShare * this.#deps.graceMs()) throw tooSlow();
    return true;
  }

  /** Gives the chunks of a long write rows, released now: the collectors leave them for another grace. Never throws: `isFresh` knows. */
  async hold(chunks: readonly Chunk[]): Promise<void> {
    try {
      for (let at = 0; at < chunks.length; at += heldAtOnce)
        await this.#holdSome(chunks.slice(at, at + heldAtOnce));
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'could not keep an unfinished upload from the collector');
    }
  }

  async #holdSome(chunks: readonly Chunk[]): Promise<void> {
    const { sql, clock, insert } = this.#deps;
    const ids = chunks.map(({ id }) => id);
    await sql.transaction(async (tx) => {
      const now = clock.now();
      const fresh = chunks.filter((chunk) => this.isFresh(chunk, now));
      if (fresh.length > 0) await insert(tx, fresh, now);
      if ((await tx.run(hold, { ids, now })) !== ids.length) throw tooSlow();
    });
    for (const id of ids) {
      const state = this.#states.get(id);
      if (state !== undefined) state.held = true;
    }
  }
}

function tooSlow(): AppError {
  return new AppError('unavailable', 'the upload took so long that a part of it was removed: send it again', {
    retryable: true,
    details: { reason: 'upload_too_slow' },
  });
}
