/** Gathers pieces of any size into parts of one size. Copies, so that a source may use its pieces again. */
const firstBytes = 64 * 1024;
const maxSpares = 4;

export class PartGatherer {
  readonly #partBytes: number;
  readonly #spares: SpareParts;
  #buffer: Buffer;
  #filled = 0;

  /** @param expected bytes in all, where known: a small blob then takes no more memory than it has bytes */
  constructor(spares: SpareParts, expected: number | undefined) {
    this.#spares = spares;
    this.#partBytes = spares.partBytes;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(Math.max(expected ?? firstBytes, 1), this.#partBytes));
  }

  get full(): boolean {
    return this.#filled === this.#partBytes;
  }

  /** @returns how many bytes were taken, from `at` on; less than all only where the part is full now */
  fill(piece: Uint8Array, at: number): number {
    const length = Math.min(piece.byteLength - at, this.#partBytes - this.#filled);
    this.#grow(this.#filled + length);
    this.#buffer.set(piece.subarray(at, at + length), this.#filled);
    this.#filled += length;
    return length;
  }

  /** What is gathered; the next part begins. Give it back to the spares when it is sent. */
  take(): Buffer {
    const part = this.#buffer.subarray(0, this.#filled);
    this.#buffer = Buffer.alloc(0);
    this.#filled = 0;
    return part;
  }

  #grow(needed: number): void {
    const { byteLength } = this.#buffer;
    if (needed <= byteLength) return;
    // After the first part more of the same is likely.
    const wanted = byteLength === 0 ? this.#partBytes : Math.max(needed, 2 * byteLength);
    const larger = wanted >= this.#partBytes ? this.#spares.take() : Buffer.allocUnsafeSlow(wanted);
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
  }
}

/** Buffers of sent parts, for the next ones: fresh ones of this size make V8 collect its heap again and again. */
export class SpareParts {
  readonly partBytes: number;
  readonly #free: Buffer[] = [];

  constructor(partBytes: number) {
    this.partBytes = partBytes;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.partBytes);
  }

  /** Only after the server has acknowledged it: until then a socket may still read it. */
  giveBack(part: Buffer): void {
    if (part.buffer.byteLength !== this.partBytes || this.#free.length >= maxSpares) return;
    this.#free.push(Buffer.from(part.buffer));
  }
}
