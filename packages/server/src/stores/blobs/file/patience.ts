/** What one step may take; each one's rest is a debt, or pays one off. */
const allowedMs = 0.25;
const maxDebtMs = 10;
const restMs = 5_000;

/** An account of the time that steps take on the event loop: once it is overdrawn by slow ones, they are to be done elsewhere for a while. */
export class Patience {
  readonly #now: () => number;
  #debt = 0;
  #restingUntil = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  lasts(): boolean {
    if (this.#restingUntil === 0) return true;
    if (this.#now() < this.#restingUntil) return false;
    this.#restingUntil = 0;
    return true;
  }

  charged<T>(step: () => T): T {
    const from = this.#now();
    try {
      return step();
    } finally {
      this.#charge(this.#now() - from);
    }
  }

  #charge(tookMs: number): void {
    this.#debt = Math.max(0, this.#debt + tookMs - allowedMs);
    if (this.#debt <= maxDebtMs) return;
    this.#debt = 0;
    this.#restingUntil = this.#now() + restMs;
  }
}
