/** Every call to the server goes through here: bounded in time, its errors in our words, and refused at once during an outage. */
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../../kernel/errors.ts';
import { translate } from './errors.ts';

/** From asking to answer, waiting for a server and a connection included. */
export const callMs = 10_000;
/** For queries: the server gives up before we do, rather than work on for nobody. */
export const bounded = { maxTimeMS: 7_000 } as const;
const closingMs = 3_000;
const mostPauseMs = 2_000;

export interface Guarded {
  readonly hosts: string;
  /** A round trip to a server that takes writes. */
  probe(): Promise<unknown>;
  /** Ends the connections. */
  end(): Promise<void>;
}

/**
 * The first call that finds the server gone waits its time; from then on calls fail at once, while a probe in the background waits for
 * the server to be back. So an outage holds nobody up, and nobody has to end it.
 */
export class Guard {
  readonly #guarded: Guarded;
  readonly #running = new Set<Promise<unknown>>();
  #outage: AppError | null = null;
  #closed = false;

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new AppError('unavailable', 'the documents store is closed');
    if (this.#outage !== null) throw this.#outage;
    const running = this.once(callMs, work);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      const fault = translate(error, this.#guarded.hosts);
      if (fault.code === 'unavailable' && fault.retryable) this.#begin(fault);
      throw fault;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Tries even during an outage. */
  async once<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const { hosts } = this.#guarded;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      const late = `MongoDB at ${hosts} gave no answer within ${ms / 1000} s`;
      timer = setTimeout(() => reject(new AppError('unavailable', late, { retryable: true })), ms);
    });
    try {
      return await Promise.race([work(), deadline]);
    } catch (error) {
      throw translate(error, hosts);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits a while for what was asked, and refuses what comes after. */
  async close(): Promise<void> {
    this.#closed = true;
    // Neither has to succeed: the server may be gone.
    await this.once(closingMs, () => Promise.allSettled(this.#running)).catch(() => {});
    await this.once(closingMs, () => this.#guarded.end()).catch(() => {});
  }

  #begin(fault: AppError): void {
    if (this.#outage !== null || this.#closed) return;
    this.#outage = fault;
    void this.#waitForEnd();
  }

  /** Never rejects. */
  async #waitForEnd(): Promise<void> {
    for (let most = 100; !this.#closed; most = Math.min(2 * most, mostPauseMs)) {
      const back = await this.once(callMs, () => this.#guarded.probe()).then(
        () => true,
        () => false,
      );
      if (back) break;
      await pause(most * (0.5 + Math.random() / 2), undefined, { ref: false });
    }
    this.#outage = null;
  }
}
