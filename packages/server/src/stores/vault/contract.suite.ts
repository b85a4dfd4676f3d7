import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { VaultStore } from './contract.ts';

export interface VaultCaps {
  /** What was written is there after every client has closed. */
  readonly survivesReopen: boolean;
  /** Opens a place that exists with a wrong key or token; null: the driver knows no keys. */
  readonly openWithWrongKey: ((place: string) => Promise<VaultStore>) | null;
}

type WithTwo = (title: string, run: (a: VaultStore, b: VaultStore, place: string) => Promise<void>) => void;

/** What every vault driver must do. `open(place)` twice with one place gives two clients of one vault. */
export function vaultSuite(
  name: string,
  open: (place: string) => Promise<VaultStore>,
  caps: VaultCaps,
): void {
  const withTwo: WithTwo = (title, run) =>
    test(title, { timeout: 60_000 }, async () => {
      const place = newId();
      const [a, b] = [await open(place), await open(place)];
      try {
        await run(a, b, place);
      } finally {
        await a.close();
        await b.close();
      }
    });
  describe(`vault: ${name}`, () => {
    secretCases(withTwo);
    raceCases(withTwo);
    if (caps.survivesReopen) reopenCase(withTwo, open);
    if (caps.openWithWrongKey !== null) wrongKeyCase(withTwo, caps.openWithWrongKey);
  });
}

function secretCases(withTwo: WithTwo): void {
  withTwo('gives back what was put, on each client; absent is null', async (a, b) => {
    for (const value of ['secret', '', 'ü😀\u0000\n"', 'x'.repeat(65_536)]) {
      await a.put('a/b.c-d_E', value);
      assert.equal(await b.get('a/b.c-d_E'), value);
    }
    assert.equal(await a.get('a'), null);
    await b.delete('a/b.c-d_E');
    assert.equal(await a.get('a/b.c-d_E'), null);
    await b.delete('a/b.c-d_E');
  });

  withTwo('lists names by prefix, sorted', async (a, b) => {
    for (const name of ['b', 'a/2', 'a/1', 'ab', 'a']) await a.put(name, 'x');
    assert.deepEqual(await b.list(''), ['a', 'a/1', 'a/2', 'ab', 'b']);
    assert.deepEqual(await b.list('a/'), ['a/1', 'a/2']);
    assert.deepEqual(await b.list('a'), ['a', 'a/1', 'a/2', 'ab']);
    assert.deepEqual(await b.list('c'), []);
  });

  withTwo(
    'refuses bad names and values that are too large, without showing them, and keeps what was there',
    async (a) => {
      await a.put('k', 'kept');
      for (const name of ['', '/', 'a/', '/a', 'a//b', 'a b', 'ä', 'a\n']) {
        await assert.rejects(a.put(name, 'x'), { code: 'invalid_input' }, JSON.stringify(name));
        await assert.rejects(a.get(name), { code: 'invalid_input' });
      }
      for (const value of [`top-secret${'x'.repeat(65_530)}`, 'ü'.repeat(33_000)]) {
        await assert.rejects(
          a.put('k', value),
          (error) => isAppError(error, 'invalid_input') && !/top-secret|ü/.test(error.message),
        );
      }
      assert.equal(await a.get('k'), 'kept');
    },
  );

  withTwo('rotate keeps every secret readable for every client, and can be done again', async (a, b) => {
    for (let i = 0; i < 5; i++) await a.put(`k${i}`, `value ${i}`);
    for (let round = 0; round < 2; round++) {
      await a.rotate();
      for (const store of [a, b])
        for (let i = 0; i < 5; i++) assert.equal(await store.get(`k${i}`), `value ${i}`);
    }
    await b.put('new', 'after');
    assert.equal(await a.get('new'), 'after');
  });
}

function raceCases(withTwo: WithTwo): void {
  withTwo('createOnly: of many at once one wins, and all then read its value', async (a, b) => {
    const values = Array.from({ length: 12 }, (_, i) => `value ${i}`);
    const results = await Promise.allSettled(
      values.map((value, i) => (i % 2 ? a : b).put('master', value, { createOnly: true })),
    );
    const winners = values.filter((_, i) => results[i]?.status === 'fulfilled');
    assert.equal(winners.length, 1);
    for (const result of results)
      assert.ok(result.status === 'fulfilled' || isAppError(result.reason, 'conflict'));
    assert.deepEqual([await a.get('master'), await b.get('master')], [winners[0], winners[0]]);
    await a.delete('master');
    await b.put('master', 'again', { createOnly: true });
  });

  withTwo('puts, deletes and a rotation at once lose nothing', async (a, b) => {
    for (let i = 0; i < 5; i++) await a.put(`old${i}`, 'x');
    const work: Promise<void>[] = [a.rotate()];
    for (let i = 0; i < 5; i++) {
      work.push(b.put(`new${i}`, `${i}`), b.delete(`old${i}`));
      if (i === 2) work.push(b.rotate());
    }
    await Promise.all(work);
    assert.deepEqual(await a.list(''), ['new0', 'new1', 'new2', 'new3', 'new4']);
    for (let i = 0; i < 5; i++) assert.equal(await a.get(`new${i}`), `${i}`);
  });
}

function reopenCase(withTwo: WithTwo, open: (place: string) => Promise<VaultStore>): void {
  withTwo('survives a restart, also after a rotation', async (a, b, place) => {
    await a.put('k', 'value');
    await a.put('gone', 'value');
    await b.rotate();
    await b.delete('gone');
    await a.close();
    await b.close();
    const again = await open(place);
    assert.deepEqual([await again.get('k'), await again.get('gone')], ['value', null]);
    await again.close();
  });
}

function wrongKeyCase(withTwo: WithTwo, openWithWrongKey: (place: string) => Promise<VaultStore>): void {
  withTwo('a wrong key refuses, shows nothing, and harms nothing', async (a, _b, place) => {
    await a.put('k', 'top-secret');
    const attempt = async (): Promise<void> => {
      const store = await openWithWrongKey(place);
      try {
        await store.get('k');
      } finally {
        await store.close();
      }
    };
    await assert.rejects(attempt(), (error) => {
      assert.ok(isAppError(error, 'unauthenticated') || isAppError(error, 'corrupt'), String(error));
      return !JSON.stringify([error.message, error.details, String(error.cause)]).includes('top-secret');
    });
    assert.equal(await a.get('k'), 'top-secret');
  });
}
