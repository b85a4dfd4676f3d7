/**
 * Puts small blobs on the event loop itself: where nothing has to be synced that is some 20 µs, and waking a thread for it costs several
 * times as much (README). Only while the folder is quick: it keeps an account of the time, and says no for a while once that is overdrawn.
 */
import fs from 'node:fs';
import { createTemporary, Publisher } from './small-files.ts';
import type { Layout } from './layout.ts';

/** Larger ones would hold up other requests. */
const maxBytes = 64 * 1024;
/** What a put may take; each one's rest is a debt, or pays one off. */
const allowedMs = 0.25;
const maxDebtMs = 10;
const restMs = 5_000;

export class QuickWriter {
  readonly #layout: Layout;
  readonly #publisher: Publisher;
  readonly #now: () => number;
  #debt = 0;
  #restingUntil = 0;

  constructor(layout: Layout, now: () => number = () => performance.now()) {
    this.#layout = layout;
    this.#publisher = new Publisher(layout, false);
    this.#now = now;
  }

  takes(bytes: Uint8Array): boolean {
    return bytes.byteLength <= maxBytes && (this.#restingUntil === 0 || this.#rested());
  }

  /** @throws what the system says; nothing is left behind then */
  put(key: string, bytes: Uint8Array): void {
    const from = this.#now();
    try {
      fs.closeSync(createTemporary(this.#layout, key, bytes));
      this.#publish(key);
    } finally {
      this.#charge(this.#now() - from);
    }
  }

  #publish(key: string): void {
    try {
      this.#publisher.publish(key);
    } catch (error) {
      fs.rmSync(this.#layout.temporary(key), { force: true });
      throw error;
    }
  }

  #charge(tookMs: number): void {
    this.#debt = Math.max(0, this.#debt + tookMs - allowedMs);
    if (this.#debt <= maxDebtMs) return;
    this.#debt = 0;
    this.#restingUntil = this.#now() + restMs;
  }

  #rested(): boolean {
    if (this.#now() < this.#restingUntil) return false;
    this.#restingUntil = 0;
    return true;
  }
}
