/** Shows on standard error how far something long has come: one line that changes on a terminal, else one line per stage. */

const refreshMs = 200;
const quietMs = 1_000;

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #begun = performance.now();
  #shownAt = -Infinity;
  #stage = '';
  #open = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(stage: string, text: string): void {
    if (!this.#stream.isTTY) {
      if (stage !== this.#stage) this.#stream.write(`${stage}\n`);
      this.#stage = stage;
      return;
    }
    const now = performance.now();
    if (now - this.#begun < quietMs || now - this.#shownAt < refreshMs) return;
    this.#shownAt = now;
    this.#open = true;
    this.#stream.write(`\r\u001b[K${text.slice(0, Math.max(20, this.#stream.columns - 1))}`);
  }

  end(): void {
    if (this.#open) this.#stream.write('\r\u001b[K');
    this.#open = false;
  }
}
