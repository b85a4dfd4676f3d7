import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { ConfigStore, Json } from './contract.ts';
import { watchCases, Watcher, type WithStore, type WithTwo } from './watch.suite.ts';

export interface ConfigCaps {
  /** What was written is there after every client has closed. */
  readonly survivesReopen: boolean;
}

/** What every config driver must do. `open(place)` twice with one place gives two clients of one store, as two nodes have. */
export function configSuite(
  name: string,
  open: (place: string) => Promise<ConfigStore>,
  caps: ConfigCaps,
): void {
  const withStore = (title: string, run: (store: ConfigStore, place: string) => Promise<void>): void => {
    test(title, { timeout: 60_000 }, async () => {
      const place = newId();
      const store = await open(place);
      try {
        await run(store, place);
      } finally {
        await store.close();
      }
    });
  };
  const withTwo = (title: string, run: (a: ConfigStore, b: ConfigStore) => Promise<void>): void =>
    withStore(title, async (a, place) => {
      const b = await open(place);
      try {
        await run(a, b);
      } finally {
        await b.close();
      }
    });

  describe(`config: ${name}`, () => {
    entryCases(withStore);
    revisionCases(withStore, withTwo);
    watchCases(withStore, withTwo);
    if (caps.survivesReopen) reopenCases(withStore, open);
  });
}

function entryCases(withStore: WithStore): void {
  withStore('gives back every kind of JSON as it was', async (store) => {
    const values: Json[] = [
      null,
      false,
      0,
      -1.5,
      '',
      'ü\u0000"',
      [],
      [1, [null]],
      {},
      JSON.parse('{"__proto__":{"a":1},"b":[]}'),
    ];
    for (const value of values) {
      const revision = await store.set('a/b', value);
      assert.deepEqual(await store.get('a/b'), { key: 'a/b', value, revision });
    }
    assert.equal(await store.get('a'), null);
    assert.equal(await store.get('a/b/c'), null);
  });

  withStore('what a caller does to its value later changes nothing', async (store) => {
    const value = { list: [1] };
    await store.set('x', value);
    value.list.push(2);
    assert.deepEqual((await store.get('x'))?.value, { list: [1] });
  });

  withStore('lists a key and what lies below it, sorted, and no neighbour', async (store) => {
    for (const key of ['a/c', 'a', 'ab', 'a/b/c', 'a-b', 'b/a', '__proto__']) await store.set(key, key);
    const keys = async (prefix: string) => (await store.list(prefix)).entries.map((entry) => entry.key);
    assert.deepEqual(await keys('a'), ['a', 'a/b/c', 'a/c']);
    assert.deepEqual(await keys(''), ['__proto__', 'a', 'a-b', 'a/b/c', 'a/c', 'ab', 'b/a']);
    assert.deepEqual(await keys('c'), []);
  });

  withStore('removes a key with everything below, and no neighbour', async (store) => {
    for (const key of ['a', 'a/b', 'a/b/c', 'ab', 'a-b']) await store.set(key, 1);
    const before = (await store.list('')).revision;
    const after = await store.delete('a');
    assert.ok(after > before);
    assert.deepEqual(
      (await store.list('')).entries.map((entry) => entry.key),
      ['a-b', 'ab'],
    );
    assert.equal(await store.delete('a'), after, 'removing nothing changes nothing');
    assert.equal((await store.list('')).revision, after);
  });

  withStore('refuses bad keys and values that are too large, and keeps what was there', async (store) => {
    await store.set('k', 'kept');
    for (const key of ['', '/', 'a/', '/a', 'a//b', 'a b', 'ä', 'a\n']) {
      await assert.rejects(store.set(key, 1), { code: 'invalid_input' }, JSON.stringify(key));
    }
    await store.set('big', 'x'.repeat(65_534));
    await assert.rejects(store.set('k', 'x'.repeat(65_535)), { code: 'invalid_input' });
    await assert.rejects(
      store.set('k', 'ü'.repeat(33_000)),
      { code: 'invalid_input' },
      'bytes count, not characters',
    );
    assert.equal((await store.get('k'))?.value, 'kept');
  });

  withStore('history: newest first, removals included, at least 20, of this key only', async (store) => {
    for (let i = 1; i <= 25; i++) await store.set('h', i, { actor: `u${i}` });
    await store.set('h/below', 0);
    await store.delete('h', { actor: 'remover' });
    const records = await store.history('h', 20);
    assert.equal(records.length, 20);
    assert.equal(records[0]?.value, undefined);
    assert.equal(records[0]?.actor, 'remover');
    assert.deepEqual(
      records.slice(1).map((record) => record.value),
      Array.from({ length: 19 }, (_, i) => 25 - i),
    );
    assert.equal(records[1]?.actor, 'u25');
    assert.ok(records.every((record) => record.key === 'h' && record.at > 0));
    assert.equal((await store.history('h', 2)).length, 2);
    assert.deepEqual(await store.history('none', 5), []);
    await store.set('anonymous', 1);
    assert.equal((await store.history('anonymous', 1))[0]?.actor, null);
  });
}

function revisionCases(withStore: WithStore, withTwo: WithTwo): void {
  withStore('revisions rise over all keys; a list tells the one it was read at', async (store) => {
    assert.equal((await store.list('')).entries.length, 0);
    const first = await store.set('a', 1);
    const second = await store.set('b', 1);
    const third = await store.set('a', 1);
    assert.ok(first > 0 && second > first && third > second);
    assert.equal((await store.list('')).revision, third);
    assert.equal((await store.get('b'))?.revision, second);
  });

  withStore('expected revision: only the present one writes or removes', async (store) => {
    const first = await store.set('k', 1, { expectedRevision: 0 });
    await assert.rejects(store.set('k', 2, { expectedRevision: 0 }), { code: 'precondition_failed' });
    const second = await store.set('k', 2, { expectedRevision: first });
    await assert.rejects(store.set('k', 3, { expectedRevision: first }), { code: 'precondition_failed' });
    await assert.rejects(store.delete('k', { expectedRevision: first }), { code: 'precondition_failed' });
    assert.deepEqual(await store.get('k'), { key: 'k', value: 2, revision: second });
    await store.delete('k', { expectedRevision: second });
    await assert.rejects(store.set('k', 3, { expectedRevision: second }), { code: 'precondition_failed' });
    await store.set('k', 4, { expectedRevision: 0 });
  });

  withTwo('of many writers that expect the same revision exactly one wins', async (a, b) => {
    const base = await a.set('k', 'base');
    const writes = Array.from({ length: 12 }, (_, i) =>
      (i % 2 ? a : b).set('k', i, { expectedRevision: base }),
    );
    const results = await Promise.allSettled(writes);
    const won = results.flatMap((result, i) =>
      result.status === 'fulfilled' ? [{ i, revision: result.value }] : [],
    );
    assert.equal(won.length, 1);
    for (const result of results)
      assert.ok(result.status === 'fulfilled' || isAppError(result.reason, 'precondition_failed'));
    assert.deepEqual(await b.get('k'), { key: 'k', value: won[0]?.i, revision: won[0]?.revision });
  });

  withTwo('two clients that count up lose no step, and see each other at once', async (a, b) => {
    await a.set('n', 0);
    const countUp = async (store: ConfigStore): Promise<void> => {
      for (let done = 0; done < 10;) {
        const entry = await store.get('n');
        try {
          await store.set('n', Number(entry?.value) + 1, { expectedRevision: entry?.revision ?? 0 });
          done++;
        } catch (error) {
          if (!isAppError(error, 'precondition_failed')) throw error;
        }
      }
    };
    await Promise.all([countUp(a), countUp(b)]);
    assert.equal((await a.get('n'))?.value, 20);
    await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b).set(`many/${i}`, i)));
    assert.equal((await b.list('many')).entries.length, 10);
  });
}

function reopenCases(withStore: WithStore, open: (place: string) => Promise<ConfigStore>): void {
  withStore('keeps entries, revisions and history when closed and opened', async (store, place) => {
    await store.set('a', 1, { actor: 'me' });
    await store.set('b', { deep: [null] });
    await store.delete('a');
    const before = { list: await store.list(''), history: await store.history('a', 10) };
    await store.close();
    const again = await open(place);
    assert.deepEqual({ list: await again.list(''), history: await again.history('a', 10) }, before);
    assert.ok((await again.set('c', 1)) > before.list.revision, 'revisions go on rising');
    await again.close();
  });

  withStore('watch goes on across a reopen where it stopped', async (store, place) => {
    const writer = await open(place);
    await writer.set('k', 1);
    const first = new Watcher(store, '', 0);
    await first.until((changes) => changes.length === 1);
    await store.close();
    await first.over;
    for (const value of [2, 3, 4]) await writer.set('k', value);
    await writer.delete('k');
    const again = await open(place);
    const second = new Watcher(again, '', first.changes.at(-1)?.revision ?? 0);
    await second.until((changes) => changes.length >= 4);
    await second.end();
    assert.deepEqual(
      second.changes.map((change) => change.value),
      [2, 3, 4, undefined],
    );
    await again.close();
    await writer.close();
  });
}
