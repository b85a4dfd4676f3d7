import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../kernel/ids.ts';
import { until } from '../../testing/expectations.ts';
import type { Json } from '../config/contract.ts';
import type { CacheStore } from './contract.ts';

export interface CacheCaps {
  /** A short time to live that the driver can keep. */
  readonly ttlMs: number;
}

const long = 60_000;
type WithTwo = (title: string, run: (a: CacheStore, b: CacheStore) => Promise<void>) => void;

/** What every cache driver must do. `open(place)` twice with one place gives two clients of one cache. */
export function cacheSuite(
  name: string,
  open: (place: string) => Promise<CacheStore>,
  caps: CacheCaps,
): void {
  const withTwo: WithTwo = (title, run) =>
    test(title, { timeout: 60_000 }, async () => {
      const place = newId();
      const [a, b] = [await open(place), await open(place)];
      try {
        await run(a, b);
      } finally {
        await a.close();
        await b.close();
      }
    });
  describe(`cache: ${name}`, () => {
    valueCases(withTwo);
    expiryCases(withTwo, caps);
    clearCases(withTwo);
  });
}

function valueCases(withTwo: WithTwo): void {
  withTwo(
    'gives back every kind of JSON on each client; null is a value, missing is undefined',
    async (a, b) => {
      const values: Json[] = [null, false, 0, '', 'ü\u0000', [], [null], { a: { b: [1] } }];
      for (const value of values) {
        await a.set('k', value, long);
        assert.deepEqual(await b.get('k'), value);
      }
      assert.equal(await a.get('missing'), undefined);
      await b.delete('k');
      assert.equal(await a.get('k'), undefined);
      await b.delete('k');
    },
  );

  withTwo('what a caller does to a value, before or after, changes nothing in the cache', async (a) => {
    const value = [1];
    await a.set('k', value, long);
    value.push(2);
    const got = await a.get('k');
    if (Array.isArray(got)) got.push(3);
    assert.deepEqual(await a.get('k'), [1]);
  });

  withTwo('keeps values up to 1 MiB; a larger one is not kept, nor the one it replaces', async (a) => {
    const largest = 'x'.repeat(1024 * 1024 - 2);
    await a.set('k', largest, long);
    assert.equal(await a.get('k'), largest);
    await a.set('k', `${largest}x`, long);
    assert.equal(await a.get('k'), undefined);
    await a.set('k', 'ü'.repeat(600_000), long);
    assert.equal(await a.get('k'), undefined, 'bytes count, not characters');
  });
}

function expiryCases(withTwo: WithTwo, caps: CacheCaps): void {
  withTwo('a value expires', async (a, b) => {
    await a.set('k', 1, caps.ttlMs);
    await a.set('kept', 1, long);
    assert.equal(await b.get('k'), 1);
    await until(async () => (await b.get('k')) === undefined, 'the other sees it gone');
    assert.equal(await a.get('k'), undefined);
    assert.equal(await a.get('kept'), 1);
  });

  withTwo('overwriting sets the time to live anew, longer or shorter', async (a) => {
    await a.set('longer', 1, caps.ttlMs);
    await a.set('longer', 2, long);
    await a.set('shorter', 1, long);
    await a.set('shorter', 2, caps.ttlMs);
    await a.set('witness', 1, caps.ttlMs);
    await until(
      async () => (await a.get('shorter')) === undefined && (await a.get('witness')) === undefined,
      'both have expired',
    );
    assert.equal(await a.get('longer'), 2);
  });

  withTwo('a time to live of nothing keeps nothing', async (a) => {
    await a.set('k', 1, long);
    await a.set('k', 2, 0);
    assert.equal(await a.get('k'), undefined);
  });
}

function clearCases(withTwo: WithTwo): void {
  const keys = [
    'a',
    'a:',
    'a:1',
    'a:1:x',
    'a:1:y',
    'a:12',
    'a/1',
    'a*',
    'ab',
    'b:a:1',
    'A:1',
    'a?b',
    'a[1]',
    '',
    '\\a',
  ];
  const prefixes = ['a:1', 'a:1:', 'a:', 'a', 'a*', 'a?', 'a[1', 'A', 'none', 'a:1:x', '\\', 'b:a', ''];

  withTwo('clear removes what starts with the prefix, on every client, and no neighbour', async (a, b) => {
    for (const prefix of prefixes) {
      for (const key of keys) await a.set(key, key, long);
      await b.clear(prefix);
      const left: string[] = [];
      for (const key of keys) if ((await a.get(key)) !== undefined) left.push(key);
      assert.deepEqual(
        left,
        keys.filter((key) => !key.startsWith(prefix)),
        `prefix "${prefix}"`,
      );
    }
  });

  withTwo('a cleared key can be set and cleared again', async (a) => {
    for (let i = 0; i < 3; i++) {
      await a.set('x:1', i, long);
      assert.equal(await a.get('x:1'), i);
      await a.clear('x:');
      assert.equal(await a.get('x:1'), undefined);
    }
  });
}
