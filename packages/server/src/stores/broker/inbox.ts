import type { Logger } from '../../kernel/logger.ts';
import type { Json } from '../config/contract.ts';
import { subscriberBuffer } from './rules.ts';

export interface InboxOptions {
  readonly topic: string;
  readonly handler: (payload: Json) => void | Promise<void>;
  readonly onGap: (() => void) | undefined;
  readonly log: Logger;
}

/**
 * One subscriber's messages between arrival and handler, for every driver: bounded, in order, one at a time. What overflows is
 * the oldest; the subscriber is told before the next message that it does get, so that a look at the truth then covers all.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #waiting: string[] = [];
  #gap = false;
  #busy = false;
  #ended = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length + (this.#busy ? 1 : 0);
  }

  /** Never blocks and never runs the handler at once. */
  put(json: string): void {
    if (this.#ended) return;
    if (this.#waiting.length >= subscriberBuffer) {
      this.#waiting.shift();
      this.#gap = true;
    }
    this.#waiting.push(json);
    this.#wake();
  }

  /** Messages may have been lost outside, as after a reconnect. */
  gap(): void {
    this.#gap = true;
    this.#wake();
  }

  /** No handler begins after this. */
  end(): void {
    this.#ended = true;
    this.#waiting.length = 0;
  }

  #wake(): void {
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (!this.#ended && (this.#gap || this.#waiting.length > 0)) {
      if (this.#gap) {
        this.#gap = false;
        await this.#call(() => this.#options.onGap?.());
        continue;
      }
      const payload = parsed(this.#waiting.shift() ?? '');
      if (payload === undefined) this.#gap = true;
      else await this.#call(() => this.#options.handler(payload));
    }
    this.#busy = false;
  }

  async #call(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.log.error({ topic: this.#options.topic, err: error }, 'a subscriber threw');
    }
  }
}

/** undefined: not JSON, so not from us. It may stand for a message, and is not worth a line in the log each time. */
function parsed(json: string): Json | undefined {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return undefined;
  }
}
