import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { sharedServer } from '../../../testing/servers/index.ts';
import { freshUrl, withDatabase } from './fixtures.ts';
import { Generation } from './generation.ts';
import { collectionsOf, prepare, type Collections } from './layout.ts';

const server = await sharedServer('mongodb');
const needsServer = { skip: server === null && 'no MongoDB here: npm test fetches one' };

async function withMeta(work: (meta: Collections['meta']) => Promise<void>): Promise<void> {
  await withDatabase(freshUrl(server?.url ?? ''), async (db) => {
    const collections = collectionsOf(db);
    await prepare(collections);
    await work(collections.meta);
    await db.dropDatabase();
  });
}

/** Whoever asks it to raise the number is told of an outage, and it happens when `happen` is called. */
function late(meta: Collections['meta']) {
  let happen: () => Promise<unknown> = async () => assert.fail('nothing was asked');
  const slow = new Proxy(meta, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const bound = value.bind(target) as (...asked: readonly unknown[]) => Promise<unknown>;
      if (name !== 'findOneAndUpdate') return bound;
      return async (...asked: readonly unknown[]) => {
        happen = () => bound(...asked);
        throw new Error('timed out');
      };
    },
  });
  return { slow, happen: () => happen() };
}

test(
  'a rebuild whose beginning was given up and happens late does not undo the one that follows',
  needsServer,
  async () => {
    await withMeta(async (meta) => {
      const { slow, happen } = late(meta);
      await assert.rejects(new Generation({ meta: slow }, () => {}).begin(), /timed out/);
      const generation = new Generation({ meta }, () => {});
      const begun = await generation.begin();
      await happen();
      assert.equal(await generation.read(), begun);
    });
  },
);

test('rebuilds that begin at once have numbers of their own', needsServer, async () => {
  await withMeta(async (meta) => {
    const begun = await Promise.all(
      Array.from({ length: 8 }, () => new Generation({ meta }, () => {}).begin()),
    );
    assert.equal(new Set(begun).size, 8);
    assert.equal(await new Generation({ meta }, () => {}).read(), Math.max(...begun));
  });
});

test('in a database that was emptied a rebuild begins all the same', needsServer, async (t: TestContext) => {
  await withMeta(async (meta) => {
    await meta.deleteMany({});
    const onEmptied = t.mock.fn();
    const generation = new Generation({ meta }, onEmptied);
    const begun = await generation.begin();
    assert.ok(begun > 0);
    assert.equal(await generation.read(), begun);
    assert.equal(onEmptied.mock.callCount(), 1);
  });
});
