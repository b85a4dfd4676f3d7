import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { vaultMemoryDriver } from './driver.ts';

test('two opens of "memory:" share nothing', async () => {
  const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
  const [a, b] = await Promise.all([1, 2].map(() => vaultMemoryDriver.open(parseStoreUrl('memory:'), deps)));
  await a?.put('k', 'x');
  assert.equal(await b?.get('k'), null);
});
