import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { sealPending } from './chain.ts';
import type { Signer } from './signer.ts';

export interface SealerDeps {
  readonly sql: SqlStore;
  readonly signer: Signer;
  readonly log: Logger;
  /** The chain has grown. */
  readonly sealed: () => void;
}

const batch = 200;
/** Events of a burst go into the chain together. */
const gatherMs = 100;
/** For what a node left that died before it sealed. */
const pollMs = 120_000;
const maxBackOffMs = 30_000;
/** So many rows are signed at once at most; a duty signs what is fewer. */
const signEvery = 1_000;

/** Moves what waits into the chain, soon after it was kept here, and signs it every so often. */
export class Sealer {
  readonly #deps: SealerDeps;
  readonly #stop = new AbortController();
  #wake = Promise.withResolvers<void>();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: SealerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop = this.#run();
  }

  ring(): void {
    this.#wake.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.ring();
    await this.#loop;
  }

  /** Everything that waits now. @returns rows */
  async seal(): Promise<number> {
    const { sql, sealed } = this.#deps;
    for (let count = 0; ;) {
      const { rows, unsigned } = await sql.transaction((tx) => sealPending(tx, batch));
      count += rows;
      if (rows > 0) sealed();
      await this.signIfMany(unsigned);
      if (rows < batch) return count;
    }
  }

  async signIfMany(unsigned: number): Promise<void> {
    if (unsigned >= signEvery) await this.#deps.signer.sign();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.seal();
        failures = 0;
      } catch (error) {
        failures++;
        this.#deps.log.warn({ err: error, failures }, 'events could not be added to the audit log yet');
      }
      await this.#rest(failures === 0 ? pollMs : Math.min(maxBackOffMs, 500 * 2 ** Math.min(failures, 8)));
    }
  }

  async #rest(ms: number): Promise<void> {
    const { signal } = this.#stop;
    const over = new AbortController();
    await Promise.race([
      this.#wake.promise,
      sleep(ms, undefined, { signal: over.signal, ref: false }).catch(() => undefined),
    ]);
    over.abort();
    this.#wake = Promise.withResolvers();
    if (!signal.aborted) await sleep(gatherMs, undefined, { signal }).catch(() => undefined);
  }
}
