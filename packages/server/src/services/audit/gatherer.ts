import type { AuditSource, Facts, SecurityEvent } from './api.ts';

interface Bucket {
  readonly source: AuditSource;
  readonly event: SecurityEvent;
  count: number;
  bytes: number;
}

const windowMs = 60_000;
const mostBuckets = 5_000;

/**
 * Makes one event of what repeats: a player that reads a film in a thousand ranges, a scanner that is refused a thousand times. An event
 * comes out a minute after the first of its kind; what is more than fits is told as a number.
 */
export class Gatherer {
  readonly #record: (source: AuditSource, event: SecurityEvent) => void;
  #buckets = new Map<string, Bucket>();
  #overflow = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(record: (source: AuditSource, event: SecurityEvent) => void) {
    this.#record = record;
  }

  add(key: string, source: AuditSource, event: SecurityEvent, bytes = 0): void {
    const bucket = this.#buckets.get(key);
    if (bucket !== undefined) {
      bucket.count++;
      bucket.bytes += bytes;
    } else if (this.#buckets.size >= mostBuckets) this.#overflow++;
    else this.#buckets.set(key, { source, event, count: 1, bytes });
    this.#timer ??= setTimeout(() => this.flush(), windowMs).unref();
  }

  /** For what is told at once the first time: gathers what follows. @returns whether it is the first */
  follows(key: string, source: AuditSource, event: SecurityEvent): boolean {
    const first = !this.#buckets.has(key) && this.#buckets.size < mostBuckets;
    this.add(key, source, event);
    const bucket = first ? this.#buckets.get(key) : undefined;
    if (bucket !== undefined) bucket.count = 0;
    return first;
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const buckets = this.#buckets;
    this.#buckets = new Map();
    for (const { source, event, count, bytes } of buckets.values()) {
      if (count === 0) continue;
      const gathered: Facts = { ...event.details, count, ...(bytes > 0 ? { bytes } : {}) };
      this.#record(source, { ...event, details: gathered });
    }
    if (this.#overflow === 0) return;
    this.#record('system', { kind: 'audit.lost', details: { count: this.#overflow, why: 'too many kinds' } });
    this.#overflow = 0;
  }
}

/** Who it is: a person, a visitor of a link, or an address. */
export function readerKey(source: AuditSource): string {
  if (source === 'system') return 'system';
  if ('address' in source) return `address:${source.address}`;
  return `${source.principal.userId}:${source.principal.via}:${source.origin?.address ?? ''}`;
}
