import { closedError } from './faults.ts';

/** What was begun and has not ended, so that closing can wait for it. */
export class Activity {
  closed = false;
  #count = 0;
  #idle: (() => void) | null = null;

  /** @throws unavailable once closed */
  begin(): void {
    if (this.closed) throw closedError();
    this.#count++;
  }

  end(): void {
    if (--this.#count === 0) this.#idle?.();
  }

  /** Takes nothing new. Resolves when all has ended, at the latest after `ms`. */
  async close(ms: number): Promise<void> {
    this.closed = true;
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
