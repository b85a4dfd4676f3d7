import type { BlobStore } from '../blobs/contract.ts';
import { timed, type Meter } from './meter.ts';

/**
 * Records how long calls take. A put of a stream lasts as long as its source and is an operation of its own; a stream counts until it
 * is open, since its end depends on the reader.
 */
export function measuredBlobs(inner: BlobStore, meter: Meter): BlobStore {
  const { clock } = meter;
  return {
    put(key, source, options) {
      const operation = source instanceof Uint8Array ? 'put' : 'put_stream';
      return timed(meter, operation, clock.monotonic(), inner.put(key, source, options));
    },
    read: (key, range) => timed(meter, 'read', clock.monotonic(), inner.read(key, range)),
    stream: (key, range, signal) =>
      timed(meter, 'stream', clock.monotonic(), inner.stream(key, range, signal)),
    stat: (key) => timed(meter, 'stat', clock.monotonic(), inner.stat(key)),
    delete: (keys) => timed(meter, 'delete', clock.monotonic(), inner.delete(keys)),
    list: () => inner.list(),
    sweep: (ageMs) => timed(meter, 'sweep', clock.monotonic(), inner.sweep(ageMs)),
    ...(inner.presign && { presign: inner.presign.bind(inner) }),
    ping: () => inner.ping(),
    close: () => inner.close(),
  };
}
