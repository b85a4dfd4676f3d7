/**
 * Puts small blobs on the event loop itself: where nothing has to be synced that is some 20 µs, and waking a thread for it costs several
 * times as much (README). Only while the folder is quick: it keeps an account of the time, and says no for a while once that is overdrawn.
 */
import fs from 'node:fs';
import { Patience } from './patience.ts';
import { createTemporary, Publisher } from './small-files.ts';
import type { Layout } from './layout.ts';

/** Larger ones would hold up other requests. */
const maxBytes = 64 * 1024;

export class QuickWriter {
  readonly #layout: Layout;
  readonly #publisher: Publisher;
  readonly #patience: Patience;

  constructor(layout: Layout, now?: () => number) {
    this.#layout = layout;
    this.#publisher = new Publisher(layout, false);
    this.#patience = new Patience(now);
  }

  takes(bytes: Uint8Array): boolean {
    return bytes.byteLength <= maxBytes && this.#patience.lasts();
  }

  /** @throws what the system says; nothing is left behind then */
  put(key: string, bytes: Uint8Array): void {
    this.#patience.charged(() => {
      fs.closeSync(createTemporary(this.#layout, key, bytes));
      this.#publish(key);
    });
  }

  #publish(key: string): void {
    try {
      this.#publisher.publish(key);
    } catch (error) {
      fs.rmSync(this.#layout.temporary(key), { force: true });
      throw error;
    }
  }
}
