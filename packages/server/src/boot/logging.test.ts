import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../kernel/clock.ts';
import type { LogDocument } from '../stores/documents/contract.ts';
import { createNodeLog } from './logging.ts';

const settings = { logLevel: 'info', logFormat: 'json', nodeName: 'n' } as const;

/** A log store that can be away. */
function logStore() {
  const kept: LogDocument[] = [];
  let away = false;
  return {
    kept,
    setAway: (value: boolean) => void (away = value),
    append: async (entries: readonly LogDocument[]): Promise<void> => {
      if (away) throw new Error('away');
      kept.push(...entries);
    },
    query: async () => ({ items: [], next: null }),
    purge: async () => 0,
  };
}

test('keeps what came before the store was there, with request id and fields, and no secrets', async () => {
  const lines: string[] = [];
  const { log, attach, detach } = createNodeLog(settings, systemClock, (line) => void lines.push(line));
  log.info({ requestId: 'r1', password: 'p4ss', user: { token: 't0ken' } }, 'early');
  log.debug({}, 'below the level');
  const store = logStore();
  attach(store, () => assert.fail('nothing is dropped'));
  log.error({ err: new Error('cause of it') }, 'late');
  await detach();
  assert.deepEqual(
    store.kept.map((entry) => [entry.level, entry.message, entry.requestId, entry.node]),
    [
      ['info', 'early', 'r1', 'n'],
      ['error', 'late', null, 'n'],
    ],
  );
  assert.match(JSON.stringify(store.kept), /cause of it/);
  assert.doesNotMatch(JSON.stringify(store.kept) + lines.join(''), /p4ss|t0ken/);
});

test('keeps the newest 5,000 entries while the store is away, counts the rest, and hands them over later', async () => {
  const { log, attach, detach } = createNodeLog(settings, systemClock, () => {});
  const store = logStore();
  store.setAway(true);
  let dropped = 0;
  attach(store, (count) => void (dropped += count));
  for (let i = 0; i < 5_003; i++) log.info({ i }, 'entry');
  assert.equal(dropped, 3);
  store.setAway(false);
  await detach();
  assert.equal(store.kept.length, 5_000);
  assert.deepEqual([store.kept[0]?.fields, store.kept.at(-1)?.fields], [{ i: 3 }, { i: 5_002 }]);
});
