import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';

/** Takes the time of calls to a store. `ok` is false only for faults of the store, not for what it rightly refuses. */
export interface Meter {
  readonly clock: Pick<Clock, 'monotonic'>;
  record(operation: string, ms: number, ok: boolean): void;
}

const faults = new Set(['unavailable', 'timeout', 'storage_full', 'corrupt', 'internal']);

/** `from` is read before the call, so that what it does at once counts too: `timed(m, 'put', m.clock.monotonic(), inner.put())`. */
export async function timed<T>(
  meter: Meter,
  operation: string,
  from: number,
  running: Promise<T>,
): Promise<T> {
  try {
    const result = await running;
    meter.record(operation, meter.clock.monotonic() - from, true);
    return result;
  } catch (error) {
    meter.record(operation, meter.clock.monotonic() - from, isAppError(error) && !faults.has(error.code));
    throw error;
  }
}
