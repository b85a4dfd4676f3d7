import assert from 'node:assert/strict';
import type { ConfigChange, ConfigStore } from './contract.ts';

/** The cases of contract.suite.ts about watching, and what they watch with. */
export type WithStore = (title: string, run: (store: ConfigStore, place: string) => Promise<void>) => void;
export type WithTwo = (title: string, run: (a: ConfigStore, b: ConfigStore) => Promise<void>) => void;

export function watchCases(withStore: WithStore, withTwo: WithTwo): void {
  withTwo('watch: every change after the revision, in order, whoever made it', async (a, b) => {
    const before = await a.set('w/old', 0);
    await a.set('w/x', 1);
    await b.set('other', 1);
    const watcher = new Watcher(a, 'w', before);
    await watcher.until((changes) => changes.length === 1);
    for (let i = 0; i < 30; i++) await (i % 3 ? b : a).set('w/y', i);
    await b.set('wx', 1);
    await b.delete('w');
    await watcher.until((changes) => changes.length >= 34);
    await watcher.end();
    const [first, ...rest] = watcher.changes;
    assert.deepEqual([first?.key, first?.value], ['w/x', 1]);
    assert.deepEqual(
      rest.slice(0, 30).map((change) => [change.key, change.value]),
      Array.from({ length: 30 }, (_, i) => ['w/y', i]),
    );
    assert.deepEqual(
      rest.slice(30).map((change) => [change.key, change.value]),
      [
        ['w/old', undefined],
        ['w/x', undefined],
        ['w/y', undefined],
      ],
    );
    const revisions = watcher.changes.map((change) => change.revision);
    assert.deepEqual(
      revisions,
      revisions.toSorted((x, y) => x - y),
    );
  });

  withStore('watch: begun while writes go on, it misses none and repeats none', async (store) => {
    const start = (await store.list('')).revision;
    const watchers: Watcher[] = [];
    for (let i = 1; i <= 20; i++) {
      watchers.push(new Watcher(store, '', start));
      await store.set(`k${i}`, i);
    }
    for (const watcher of watchers) {
      await watcher.until((changes) => changes.length >= 20);
      await watcher.end();
      assert.deepEqual(
        watcher.changes.map((change) => change.value),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    }
  });

  withStore('watch: from long ago it ends at the present state, removals included', async (store) => {
    await store.set('gone', 1);
    const start = (await store.list('')).revision;
    await store.delete('gone');
    for (let i = 0; i < 300; i++) await store.set(`k${i % 3}`, i);
    const watcher = new Watcher(store, '', start);
    await watcher.until((changes) => changes.some((change) => change.value === 299));
    await watcher.end();
    const last = new Map(watcher.changes.map((change) => [change.key, change.value]));
    assert.deepEqual([...last].sort(), [
      ['gone', undefined],
      ['k0', 297],
      ['k1', 298],
      ['k2', 299],
    ]);
  });

  withStore(
    'watch: ends when the signal aborts, waiting or not, and when the store closes',
    async (store) => {
      const ended = new Watcher(store, 'a', 0);
      await ended.end();
      const aborted = store.watch('a', 0, AbortSignal.abort())[Symbol.asyncIterator]();
      assert.equal((await aborted.next()).done, true);
      const open = new Watcher(store, 'a', 0);
      await store.set('a', 1);
      await open.until((changes) => changes.length === 1);
      await store.close();
      await open.over;
    },
  );
}

/** Collects what a watch gives. */
export class Watcher {
  readonly changes: ConfigChange[] = [];
  readonly over: Promise<void>;
  readonly #controller = new AbortController();

  constructor(store: ConfigStore, prefix: string, afterRevision: number) {
    this.over = this.#collect(store.watch(prefix, afterRevision, this.#controller.signal));
  }

  async until(condition: (changes: readonly ConfigChange[]) => boolean): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!condition(this.changes)) {
      assert.ok(
        performance.now() < deadline,
        `still waiting, with ${JSON.stringify(this.changes.slice(-5))}`,
      );
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  async end(): Promise<void> {
    this.#controller.abort();
    await this.over;
  }

  async #collect(changes: AsyncIterable<ConfigChange>): Promise<void> {
    for await (const change of changes) this.changes.push(change);
  }
}
