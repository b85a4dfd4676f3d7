import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoBulkWriteError, type BulkWriteResult } from 'mongodb';
import { sharedServer } from '../../../testing/servers/index.ts';
import { searchDocument } from '../contract.suite.ts';
import { freshUrl, withDatabase } from './fixtures.ts';
import { Generation } from './generation.ts';
import { Guard } from './guard.ts';
import { collectionsOf, prepare, type Collections } from './layout.ts';
import { SearchIndex } from './search.ts';
import { tokensOf } from './tokens.ts';

const server = await sharedServer('mongodb');
const needsServer = { skip: server === null && 'no MongoDB here: npm test fetches one' };

function indexOn(collections: Collections): SearchIndex {
  const guard = new Guard({ hosts: 'h', probe: () => Promise.resolve(), end: () => Promise.resolve() });
  return new SearchIndex(collections, new Generation(collections, () => {}), guard);
}

/** The first upsert finds nothing to replace, another node comes first, and the server refuses a second document of that id. */
function overtaken(search: Collections['search'], overtake: () => Promise<void>): Collections['search'] {
  let calls = 0;
  return new Proxy(search, {
    get(target, name) {
      if (name === 'bulkWrite' && calls++ === 0) {
        return async () => {
          await overtake();
          const fault = { message: 'E11000', code: 11_000, writeErrors: [{ code: 11_000, index: 0 }] };
          const result = { getWriteConcernError: () => undefined } as unknown as BulkWriteResult;
          throw new MongoBulkWriteError(fault as never, result);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test(
  'an upsert that another node overtakes with something older wins all the same',
  needsServer,
  async () => {
    const url = freshUrl(server?.url ?? '');
    await withDatabase(url, async (db) => {
      const collections = collectionsOf(db);
      await prepare(collections);
      const other = indexOn(collections);
      const names: string[] = [];
      for (const [theirs, expected] of [
        [4, 'mine'],
        [6, 'theirs'],
      ] as const) {
        const overtake = (): Promise<void> =>
          other.upsert([searchDocument('theirs', { id: 'x', seq: theirs })]);
        const mine = indexOn({ ...collections, search: overtaken(collections.search, overtake) });
        await mine.upsert([searchDocument('mine', { id: 'x', seq: 5 })]);
        const { items } = await other.query({ text: expected }, 10);
        names.push(...items.map(({ id }) => id));
        await other.remove(['x'], Number.MAX_SAFE_INTEGER);
      }
      assert.deepEqual(names, ['x', 'x']);
      await db.dropDatabase();
    });
  },
);

test(
  'finds the name that has all of many words and pieces, among many that have some',
  needsServer,
  async () => {
    const url = freshUrl(server?.url ?? '');
    await withDatabase(url, async (db) => {
      const collections = collectionsOf(db);
      await prepare(collections);
      const index = indexOn(collections);
      const others = Array.from({ length: 700 }, (_, n) => searchDocument(`annual report of station ${n}`));
      await index.upsert([...others, searchDocument('annual report of the zebrastation', { id: 'rare' })]);
      for (const text of [
        'report zeb',
        'zeb report annual',
        'ebrast',
        'nnual epor tation brasta',
        'of ebr',
      ]) {
        const { items } = await index.query({ text }, 10);
        assert.deepEqual(items, [{ id: 'rare' }], text);
      }
      assert.deepEqual((await index.query({ text: 'annual report zebu' }, 10)).items, []);
      await db.dropDatabase();
    });
  },
);

test('a name becomes the beginnings of its words and every three characters in a row, each once', () => {
  assert.deepEqual(tokensOf(' ab abcd 𝒳𝒴𝒵'), [
    '^a',
    '^ab',
    '^abc',
    '^abcd',
    'abc',
    'bcd',
    '^𝒳',
    '^𝒳𝒴',
    '^𝒳𝒴𝒵',
    '𝒳𝒴𝒵',
  ]);
  assert.equal(tokensOf(` ${'a'.repeat(200)}`).length, 9);
  assert.deepEqual(tokensOf(''), []);
});
