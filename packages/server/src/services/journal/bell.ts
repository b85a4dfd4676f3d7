/** Wakes one waiter; a ring that nobody waits for is kept. */
export class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    if (this.#wake) this.#wake();
    else this.#rung = true;
  }

  /** @returns whether it rang, rather than the time being over */
  wait(ms: number): Promise<boolean> {
    if (this.#rung) {
      this.#rung = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const end = (rang: boolean): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve(rang);
      };
      const timer = setTimeout(end, ms, false);
      this.#wake = () => end(true);
    });
  }
}

/** Calls `action` at once, then at most every `ms` as long as calls come; never loses the last one. */
export class Coalescer {
  readonly #ms: number;
  readonly #action: () => void;
  #timer: NodeJS.Timeout | null = null;
  #again = false;

  constructor(ms: number, action: () => void) {
    this.#ms = ms;
    this.#action = action;
  }

  readonly call = (): void => {
    if (this.#timer !== null) {
      this.#again = true;
      return;
    }
    this.#timer = setTimeout(this.#next, this.#ms);
    this.#action();
  };

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#again = false;
  }

  readonly #next = (): void => {
    this.#timer = null;
    if (!this.#again) return;
    this.#again = false;
    this.call();
  };
}
