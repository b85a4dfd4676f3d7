import { fdatasync } from 'node:fs';

interface Waiter {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * Puts the write-ahead log on the disk without blocking the event loop (docs/decisions/0002-group-commit.md). Whoever asks while a
 * sync is under way shares the next one: only a sync that starts after a commit covers it.
 */
export class WalSync {
  readonly #fd: number;
  readonly #sync: (fd: number, done: (error: Error | null) => void) => void;
  #waiting: Waiter[] = [];
  #running = false;

  constructor(fd: number, sync: (fd: number, done: (error: Error | null) => void) => void = fdatasync) {
    this.#fd = fd;
    this.#sync = sync;
  }

  request(done: () => void, failed: (error: Error) => void): void {
    this.#waiting.push({ done, failed });
    if (!this.#running) this.#start();
  }

  #start(): void {
    const covered = this.#waiting;
    this.#waiting = [];
    this.#running = true;
    this.#sync(this.#fd, (error) => {
      this.#running = false;
      if (this.#waiting.length > 0) this.#start();
      for (const waiter of covered) {
        if (error) waiter.failed(error);
        else waiter.done();
      }
    });
  }
}
