import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import type { TreeService } from './api.ts';
import { nodeById } from './queries.ts';
import { startTree } from './service.ts';
import { openTree, type TestTree } from './testing.ts';

let t: TestTree;
beforeEach(async () => {
  t = await openTree();
});
afterEach(() => t.close());

async function folder(name: string, parentId = t.home.rootId): Promise<string> {
  return (await t.tree.createFolder(t.context, parentId, name)).node.id;
}

const stored = async (id: string) => {
  const row = await t.sql.reader.get(nodeById, { id });
  return { bytes: row?.size, files: row?.files };
};
const { signal } = new AbortController();

/** Another node of the cluster on the same database. */
function secondNode(): TreeService {
  return startTree({ ...t.deps, locks: { ...t.locks, bindTree: () => {} } }).api;
}

describe('sizes', () => {
  test('are right at once, and in the rows after a roll-up', async () => {
    const a = await folder('a');
    const b = await folder('b', a);
    await t.put(b, 'x', '12345');
    assert.deepEqual(await t.tree.folderSize(a), { bytes: 5, files: 1 });
    assert.deepEqual(await stored(a), { bytes: 0, files: 0 });
    const page = await t.tree.list(t.context, await t.tree.locate(t.context, t.home.rootId), {
      sort: 'name',
      order: 'asc',
      limit: 10,
    });
    assert.equal(page.items[0]?.node.size, 5);
    assert.ok((await t.tree.rollUpSizes(signal)) > 0);
    assert.equal(await t.tree.rollUpSizes(signal), 0);
    assert.deepEqual(await stored(a), { bytes: 5, files: 1 });
    assert.deepEqual(await t.tree.folderSize(a), { bytes: 5, files: 1 });
    assert.equal((await t.tree.usage(t.home)).used, 5);
  });

  test('count for the folders that were above when the file was written, though they have moved since', async () => {
    const a = await folder('a');
    const b = await folder('b');
    const inner = await folder('inner', a);
    await t.put(inner, '1', 'x');
    await t.tree.rollUpSizes(signal);
    await t.put(inner, '2', 'xx');
    await t.tree.move(t.context, inner, { parentId: b });
    await t.put(inner, '3', 'xxxx');
    await t.tree.move(t.context, b, { parentId: a });
    await t.tree.move(t.context, inner, { parentId: t.home.rootId });
    await t.put(b, '4', 'xxxxxxxx');
    assert.deepEqual(await t.tree.folderSize(a), { bytes: 8, files: 1 });
    await t.tree.rollUpSizes(signal);
    assert.deepEqual(await stored(a), { bytes: 8, files: 1 });
    assert.deepEqual(await stored(b), { bytes: 8, files: 1 });
    assert.deepEqual(await stored(inner), { bytes: 7, files: 3 });
    assert.deepEqual(await stored(t.home.rootId), { bytes: 15, files: 4 });
  });

  test('go along to another workspace, and into the trash and away', async () => {
    const a = await folder('a');
    await t.put(a, 'x', 'xxx');
    await t.tree.move(t.context, a, { parentId: t.other.rootId });
    assert.deepEqual([(await t.tree.usage(t.home)).used, (await t.tree.usage(t.other)).used], [0, 3]);
    await t.tree.trash(t.context, a);
    assert.equal((await t.tree.usage(t.other)).used, 3);
    await t.tree.purge(t.context, a);
    assert.equal((await t.tree.usage(t.other)).used, 0);
    await t.tree.rollUpSizes(signal);
    assert.deepEqual(await stored(t.other.trashId), { bytes: 0, files: 0 });
  });

  test('two nodes that roll up at once count everything once', async () => {
    const second = secondNode();
    const a = await folder('a');
    for (let i = 0; i < 30; i++) {
      await t.put(a, `f${i}`, 'xx');
      await Promise.all([t.tree.rollUpSizes(signal), second.rollUpSizes(signal), second.folderSize(a)]);
      assert.deepEqual(await second.folderSize(a), { bytes: 2 * (i + 1), files: i + 1 });
    }
    assert.deepEqual(await stored(a), { bytes: 60, files: 30 });
  });

  test('a folder shows when its members last changed', async () => {
    const a = await folder('a');
    const before = (await t.tree.locate(t.context, a)).node;
    t.clock.ahead = 5000;
    await t.put(a, 'x', 'x');
    await t.tree.rollUpSizes(signal);
    const changed = (await t.tree.locate(t.context, a)).node;
    assert.ok(changed.modifiedAt >= before.modifiedAt + 5000);
    assert.notEqual(changed.etag, before.etag);
    t.clock.ahead = 10_000;
    await t.put(a, 'x', 'new content');
    await t.tree.rollUpSizes(signal);
    assert.equal((await t.tree.locate(t.context, a)).node.modifiedAt, changed.modifiedAt);
  });

  test('writers beside a roll-up lose nothing', async () => {
    const folders = [await folder('a'), await folder('b'), await folder('c')];
    let done = false;
    const rolling = (async () => {
      while (!done) await t.tree.rollUpSizes(signal);
    })();
    const writers = Array.from({ length: 4 }, async (_, w) => {
      for (let i = 0; i < 40; i++) {
        const target = folders[(i + w) % 3] ?? '';
        await t.put(target, `f${w}-${i % 10}`, 'x'.repeat(i % 5));
        if (i % 7 === 0)
          await t.tree.move(t.context, target, { parentId: t.home.rootId, name: `n${w}-${i}` });
        if (i % 9 === 0) await t.tree.trash(t.context, await t.put(target, 'thrown', 'away'));
      }
    });
    await Promise.all(writers);
    done = true;
    await rolling;
    assert.deepEqual(await t.findings(), []);
  });
});

describe('quota', () => {
  const full = (error: unknown) => isAppError(error, 'quota_exceeded');

  test('refuses what does not fit, and tells what is free', async () => {
    const home = t.setQuota(t.home, 10);
    await t.put(home.rootId, 'a', '123456');
    assert.deepEqual(await t.tree.usage(home), { used: 6, free: 4 });
    await assert.rejects(t.put(home.rootId, 'b', '12345'), (error) => {
      assert.ok(isAppError(error, 'quota_exceeded'));
      assert.deepEqual(error.details, { quota: 10, used: 6, needed: 5, free: 4 });
      return true;
    });
    await t.put(home.rootId, 'a', '1234567890');
    await assert.rejects(t.put(home.rootId, 'a', '12345678901'), full);
    await t.put(home.rootId, 'a', '1');
    await t.put(home.rootId, 'b', '123456789');
    assert.deepEqual(await t.tree.usage(home), { used: 10, free: 0 });
  });

  test('holds against many writers at once, to the byte', async () => {
    const home = t.setQuota(t.home, 1000);
    const ends = await Promise.allSettled(
      Array.from({ length: 150 }, (_, i) => t.put(home.rootId, `f${i}`, 'x'.repeat(10))),
    );
    assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 100);
    assert.deepEqual(await t.tree.usage(home), { used: 1000, free: 0 });
    const first = ends.find((end) => end.status === 'fulfilled');
    await t.tree.purge(t.context, first?.value ?? '');
    await t.put(home.rootId, 'again', '1234567890');
    await assert.rejects(t.put(home.rootId, 'more', '1'), full);
  });

  test('what failed does not count', async () => {
    const home = t.setQuota(t.home, 10);
    const extra = () => Promise.reject(new Error('no'));
    for (let i = 0; i < 5; i++) {
      const target = { parentId: home.rootId, name: 'x' };
      await assert.rejects(t.tree.putFile(t.context, target, await t.content('1234567890'), { extra }), /no/);
    }
    await t.put(home.rootId, 'x', '1234567890');
  });

  test('counts copies, versions brought back, and folders from elsewhere with what is pending for them', async () => {
    const home = t.setQuota(t.home, 10);
    const id = await t.put(home.rootId, 'a', '12345678');
    await assert.rejects(t.tree.copy(t.context, id, { parentId: home.rootId, name: 'b' }), full);
    await t.put(home.rootId, 'a', '1');
    const away = await folder('away', t.other.rootId);
    await t.put(away, 'x', '123456789 too many');
    await assert.rejects(t.tree.move(t.context, away, { parentId: home.rootId }), full);
    await t.put(home.rootId, 'b', '123456');
    const { items } = await t.tree.versions(t.context, id, { limit: 5 });
    await assert.rejects(t.tree.restoreVersion(t.context, id, items[1]?.id ?? ''), full);
    assert.deepEqual(await t.tree.usage(home), { used: 7, free: 3 });
  });

  test('another node sees what this one wrote', async () => {
    const home = t.setQuota(t.home, 10);
    const second = secondNode();
    await t.put(home.rootId, 'a', '123456');
    const target = { parentId: home.rootId, name: 'b' };
    await assert.rejects(second.putFile(t.context, target, await t.content('12345')), full);
    await second.putFile(t.context, target, await t.content('1234'));
  });
});
