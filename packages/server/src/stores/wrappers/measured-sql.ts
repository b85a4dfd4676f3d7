import type { SqlReader, SqlStore } from '../sql/contract.ts';
import { timed, type Meter } from './meter.ts';

/**
 * Records how long transactions (with their wait for the commit) and background queries take. Look-ups of the reader are recorded only
 * where they cross a network: on SQLite they take microseconds, and taking their time would cost as much.
 */
export function measuredSql(inner: SqlStore, meter: Meter): SqlStore {
  const { clock } = meter;
  return {
    dialect: inner.dialect,
    reader: inner.dialect === 'sqlite' ? inner.reader : measuredReader(inner.reader, meter, 'read'),
    background: measuredReader(inner.background, meter, 'background'),
    transaction: (work, options) =>
      timed(meter, 'transaction', clock.monotonic(), inner.transaction(work, options)),
    snapshot: (work) => inner.snapshot(work),
    migrate: (migrations, version) => inner.migrate(migrations, version),
    guard: (tables) => inner.guard(tables),
    unguard: (tables) => inner.unguard(tables),
    verify: () => inner.verify(),
    statistics: () => inner.statistics(),
    ...(inner.time === undefined ? {} : { time: inner.time.bind(inner) }),
    ping: () => inner.ping(),
    close: () => inner.close(),
  };
}

function measuredReader(inner: SqlReader, meter: Meter, operation: string): SqlReader {
  const { clock } = meter;
  return {
    all: (query, parameters) => timed(meter, operation, clock.monotonic(), inner.all(query, parameters)),
    get: (query, parameters) => timed(meter, operation, clock.monotonic(), inner.get(query, parameters)),
  };
}
