/** Speed over the last seconds, so that the time left neither jumps nor lies about a stall. */
export class Speedometer {
  private readonly samples: { readonly at: number; readonly bytes: number }[] = [];
  private readonly windowMs: number;

  constructor(windowMs = 6000) {
    this.windowMs = windowMs;
  }

  note(at: number, bytes: number): void {
    const last = this.samples.at(-1);
    if (last && bytes < last.bytes) this.samples.length = 0;
    this.samples.push({ at, bytes });
    while (this.samples.length > 2 && (this.samples[0]?.at ?? at) < at - this.windowMs) this.samples.shift();
  }

  /** Bytes per second; 0 before two samples. */
  speed(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at - first.at < 200) return 0;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }

  /** Seconds until `left` bytes are gone; null while unknown. */
  secondsFor(left: number): number | null {
    const speed = this.speed();
    return speed > 0 ? left / speed : null;
  }
}
