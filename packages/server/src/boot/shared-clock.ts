/**
 * The time of a cluster is that of its database. Nodes whose own clocks differ by minutes would otherwise end each other's locks,
 * sessions and uploads early, or begin duties late. Only `now` is shifted; what measures durations is this machine's.
 */
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { SqlStore } from '../stores/sql/contract.ts';

export interface SharedClock {
  readonly clock: Clock;
  stop(): void;
}

const everyMs = 30_000;
/** An answer that took longer says too little about when it was given. */
const maxRoundTripMs = 1_000;
/** Smaller differences are not worth a jump. */
const toleratedMs = 50;
/** From here on somebody should mend the machine's clock. */
const tellMs = 2_000;

/** Asks the database once before it resolves, and then every half minute; while it does not answer, the last difference holds. */
export async function shareClock(
  sql: Pick<SqlStore, 'time'>,
  own: Clock,
  log: Logger,
  askEveryMs = everyMs,
): Promise<SharedClock> {
  if (sql.time === undefined) return { clock: own, stop: () => {} };
  let offset = 0;
  const look = async (): Promise<void> => {
    const from = own.monotonic();
    const theirs = (await sql.time?.()) ?? NaN;
    const tookMs = own.monotonic() - from;
    const difference = Math.round(theirs - (own.now() - tookMs / 2));
    if (!Number.isFinite(difference) || tookMs > maxRoundTripMs) return;
    if (Math.abs(difference - offset) <= toleratedMs + tookMs / 2) return;
    offset = difference;
    if (Math.abs(offset) > tellMs)
      log.warn(
        { differenceMs: offset },
        'the clock of this machine differs from the database’s, whose time is used',
      );
  };
  await look();
  const timer = setInterval(() => {
    look().catch((error: unknown) =>
      log.debug({ err: error }, 'the time of the database could not be asked for'),
    );
  }, askEveryMs).unref();
  return {
    clock: { now: () => own.now() + offset, monotonic: () => own.monotonic() },
    stop: () => clearInterval(timer),
  };
}
