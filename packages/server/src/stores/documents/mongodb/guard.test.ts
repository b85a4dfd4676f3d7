import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoNetworkError } from 'mongodb';
import { isAppError } from '../../../kernel/errors.ts';
import { Guard } from './guard.ts';

function guardOf(probe: () => Promise<unknown>): Guard {
  return new Guard({ hosts: 'h:1', probe, end: () => Promise.resolve() });
}

const lost = (): Promise<never> => Promise.reject(new MongoNetworkError('closed'));
const isUnavailable = (error: unknown): boolean => isAppError(error, 'unavailable') && error.retryable;

test('after the first failure calls are not even tried, until a probe has got through', async () => {
  const back = Promise.withResolvers<void>();
  let probes = 0;
  const guard = guardOf(() => {
    probes++;
    return probes < 3 ? lost() : back.promise;
  });
  await assert.rejects(guard.call(lost), isUnavailable);
  let tried = 0;
  const count = async (): Promise<number> => ++tried;
  while (probes < 3) {
    await assert.rejects(guard.call(count), isUnavailable);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(tried, 0);
  back.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await guard.call(count), 1);
  await guard.close();
});

test('a call that never ends is given up, and its late failure harms nobody', async () => {
  const late = Promise.withResolvers<never>();
  const guard = guardOf(() => Promise.resolve());
  await assert.rejects(
    guard.once(20, () => late.promise),
    isUnavailable,
  );
  late.reject(new Error('after all'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('what the server refuses is no outage', async () => {
  const guard = guardOf(() => assert.fail('nobody asked for a probe'));
  const refuse = (): Promise<never> => Promise.reject(new Error('unknown operator'));
  await assert.rejects(guard.call(refuse), (error) => isAppError(error, 'internal'));
  assert.equal(await guard.call(async () => 'served'), 'served');
});

test('a close waits for what was asked and refuses what comes after', async () => {
  const guard = guardOf(() => Promise.resolve());
  const answer = Promise.withResolvers<string>();
  const asked = guard.call(() => answer.promise);
  let closed = false;
  const closing = guard.close().then(() => (closed = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(closed, false);
  await assert.rejects(
    guard.call(async () => 'too late'),
    (error) => isAppError(error, 'unavailable') && !error.retryable,
  );
  answer.resolve('in time');
  await closing;
  assert.equal(await asked, 'in time');
});
