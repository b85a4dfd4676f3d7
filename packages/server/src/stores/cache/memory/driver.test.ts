import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { cacheMemoryDriver } from './driver.ts';
import { PrefixIndex } from './prefix-index.ts';

let time = 0;
const clock: Clock = { now: () => 0, monotonic: () => time };
const open = (url: string) =>
  cacheMemoryDriver.open(parseStoreUrl(url), { log: silentLogger, clock, durability: 'full' });

test('expires to the millisecond of the injected clock', async () => {
  const cache = await open('memory:');
  await cache.set('k', 1, 1_000);
  time += 999;
  assert.equal(await cache.get('k'), 1);
  time += 1;
  assert.equal(await cache.get('k'), undefined);
});

test('stays under its size by forgetting what was used least lately, also in the index', async () => {
  const cache = await open('memory:?max=100KB');
  const value = 'x'.repeat(1_000);
  for (let i = 0; i < 1_000; i++) {
    await cache.set(`k:${i}`, value, 1_000);
    await cache.get('k:0');
  }
  let kept = 0;
  for (let i = 0; i < 1_000; i++) if ((await cache.get(`k:${i}`)) !== undefined) kept++;
  assert.ok(kept > 30 && kept * 1_000 < 100 * 1024, `${kept} kept`);
  assert.equal(await cache.get('k:0'), value);
  assert.equal(await cache.get('k:1'), undefined);
  await cache.clear('k:');
  assert.equal(await cache.get('k:0'), undefined);
});

test('a value larger than the whole cache is not kept and leaves no trace', async () => {
  const cache = await open('memory:?max=1KB');
  await cache.set('k', 'small', 1_000);
  await cache.set('k', 'x'.repeat(2_000), 1_000);
  assert.equal(await cache.get('k'), undefined);
  await cache.clear('k');
});

test('memory: is alone; a wrong size is refused', async () => {
  const [a, b] = [await open('memory:'), await open('memory:')];
  await a.set('k', 1, 1_000);
  assert.equal(await b.get('k'), undefined);
  for (const max of ['', '0MB', '64', '-1MB', '1TB', 'MB'])
    await assert.rejects(open(`memory:?max=${max}`), { code: 'invalid_input' });
});

test('the prefix index finds exactly what starts with a prefix, after any adding and removing', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '.'), maxLength: 6 });
  const step = fc.record({ add: fc.boolean(), key });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(key, { maxLength: 10 }), (steps, prefixes) => {
      const index = new PrefixIndex();
      const model = new Set<string>();
      for (const { add, key: text } of steps) {
        if (add) model.add(text);
        else model.delete(text);
        if (add) index.add(text);
        else index.remove(text);
      }
      for (const prefix of ['', ...prefixes]) {
        assert.deepEqual(
          index.find(prefix).toSorted(),
          [...model].filter((text) => text.startsWith(prefix)).sort(),
        );
      }
    }),
  );
});
