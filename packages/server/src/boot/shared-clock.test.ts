import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../kernel/logger.ts';
import { shareClock } from './shared-clock.ts';

const warnings: unknown[] = [];
const log: Logger = {
  debug: () => {},
  info: () => {},
  warn: (fields) => void warnings.push(fields),
  error: () => {},
  child: () => log,
};

/** A machine that is three minutes ahead, and a database that takes `tookMs` to answer. */
function machine(tookMs: number) {
  let monotonic = 0;
  const own = { now: () => 1_000_000 + 180_000 + monotonic, monotonic: () => monotonic };
  const sql = {
    time: () => {
      monotonic += tookMs;
      return Promise.resolve(1_000_000 + monotonic - tookMs / 2);
    },
  };
  return { own, sql };
}

test('a node that is minutes ahead tells the time of the database, and says so once', async () => {
  const { own, sql } = machine(10);
  const shared = await shareClock(sql, own, log);
  assert.equal(shared.clock.now(), own.now() - 180_000);
  assert.equal(shared.clock.monotonic(), own.monotonic());
  assert.equal(warnings.length, 1);
  shared.stop();
});

test('an answer that took too long moves nothing, nor does a difference of milliseconds', async () => {
  const slow = machine(5_000);
  const shared = await shareClock(slow.sql, slow.own, log);
  assert.equal(shared.clock.now(), slow.own.now());
  shared.stop();
  const near = await shareClock({ time: () => Promise.resolve(slow.own.now() - 20) }, slow.own, log);
  assert.equal(near.clock.now(), slow.own.now());
  near.stop();
});

test('an embedded database has this machine’s clock', async () => {
  const { own } = machine(0);
  assert.equal((await shareClock({}, own, log)).clock, own);
});
