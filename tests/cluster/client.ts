/** One client of the load: works in a folder of its own, and after a request without a clear answer finds out what there is, once it is quiet. */
import type { Target } from '../harness/server-process.ts';
import { Worker } from '../faults/load/worker.ts';
import { pause } from './poll.ts';
import type { Exchange, Note } from './targets.ts';
import { targetOf } from './targets.ts';
import { trashOf } from './trash.ts';

export interface LoadOptions {
  readonly url: string;
  readonly token: string;
  readonly commonId: string;
  readonly note: Note;
  /** Says that a fault must have been seen that no fault explains. */
  readonly violation: (what: string) => void;
  readonly stopped: () => boolean;
  /** Whether it works now; it rests meanwhile. */
  readonly active: () => boolean;
  /** Resolves when no fault is at work, nor what it left. */
  readonly quiet: () => Promise<void>;
}

export class LoadClient {
  readonly worker: Worker;
  readonly #options: LoadOptions;
  readonly #target: Target;
  #failed = 0;

  constructor(index: number, seed: number, options: LoadOptions) {
    this.worker = new Worker(index, seed);
    this.#options = options;
    this.#target = targetOf(options.url, options.token, (exchange) => this.#note(exchange));
  }

  begin(): Promise<void> {
    return this.worker.begin(this.#target);
  }

  async run(): Promise<void> {
    const { stopped, active, quiet } = this.#options;
    while (!stopped()) {
      if (!active()) {
        await pause(100);
        continue;
      }
      const failed = this.#failed;
      await this.worker.run(this.#target, () => stopped() || !active());
      const refusals = this.worker.refusals.splice(0);
      if (this.#failed === failed) for (const refusal of refusals) this.#refused(refusal);
      if (this.#failed !== failed || refusals.length > 0) await this.#settle(quiet);
    }
  }

  /** Until it is known again what there is. */
  async #settle(quiet: () => Promise<void>): Promise<void> {
    for (;;) {
      await quiet();
      const failed = this.#failed;
      try {
        return await this.worker.verify(this.#target, await trashOf(this.#target, this.#options.commonId));
      } catch (error) {
        if (this.#failed !== failed) continue;
        this.#options.violation(`${this.worker.folder}: ${String(error)}`);
        throw error;
      }
    }
  }

  #note(exchange: Exchange): void {
    if (exchange.status === 0 || exchange.status >= 500) this.#failed += 1;
    this.#options.note(exchange);
  }

  /** Of a bulk upload each file has an answer of its own. */
  #refused(error: unknown): void {
    const text = String(error);
    if (/"code":"(unavailable|timeout)"/.test(text)) {
      const now = performance.now();
      this.#note({
        method: 'POST',
        path: 'bulk',
        from: now,
        until: now,
        status: 503,
        detail: text.slice(0, 400),
      });
    } else this.#options.violation(`${this.worker.folder} was refused: ${text.slice(0, 600)}`);
  }
}
