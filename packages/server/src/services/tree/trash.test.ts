import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { READ, WRITE } from '../access/api.ts';
import type { Located } from './api.ts';
import { openTree, type TestTree } from './testing.ts';

let t: TestTree;
before(async () => {
  t = await openTree();
});
after(() => t.close());

async function folder(name: string, parentId = t.home.rootId): Promise<string> {
  return (await t.tree.createFolder(t.context, parentId, name)).node.id;
}

async function found(path: string): Promise<Located> {
  const located = await t.at(path);
  assert.ok(located, `${path} is missing`);
  return located;
}

async function textOf(nodeId: string): Promise<string> {
  const { node } = await t.tree.locate(t.context, nodeId);
  const bytes = await t.contents.small(node.versionId ?? '', node.size);
  return Buffer.from(bytes ?? []).toString();
}

const code = (wanted: string, reason?: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error));
  assert.equal(error.code, wanted, error.message);
  if (reason !== undefined) assert.equal(error.details['reason'], reason);
  return true;
};

describe('trash', () => {
  test('and back to where it was', async () => {
    const id = await folder('bin');
    const file = await t.put(id, 'f', 'fff');
    await t.tree.trash(t.context, id);
    assert.equal(await t.at('bin'), null);
    const below = await t.tree.locate(t.context, file);
    assert.equal(below.trashed?.from, '/home/bin');
    assert.deepEqual(below.names, ['bin', 'f']);
    await t.tree.trash(t.context, id);
    await assert.rejects(t.tree.trash(t.context, newId()), code('not_found'));
    const { items } = await t.tree.listTrash(t.context, t.home, { limit: 1 });
    assert.deepEqual([items[0]?.node.id, items[0]?.node.name, items[0]?.permissions], [id, 'bin', 15]);
    assert.equal(items[0]?.node.size, 3, 'what was written a moment ago counts');
    assert.ok((items[0]?.trashed?.purgeAt ?? 0) > Date.now());
    const { node } = await t.tree.restore(t.context, id);
    assert.equal(node.name, 'bin');
    assert.ok(await t.at('bin/f'));
  });

  test('restores elsewhere where the folder is gone, by the conflict rule where the name is taken', async () => {
    const parent = await folder('gone');
    const id = await t.put(parent, 'x', '1');
    await t.tree.trash(t.context, id);
    await t.put(parent, 'x', 'taken');
    await assert.rejects(t.tree.restore(t.context, id), code('conflict', 'exists'));
    assert.equal((await t.tree.restore(t.context, id, { onConflict: 'keep_both' })).node.name, 'x (2)');
    await t.tree.trash(t.context, id);
    await t.tree.trash(t.context, parent);
    await assert.rejects(t.tree.restore(t.context, id), code('conflict', 'parent_gone'));
    await t.tree.restore(t.context, id, { parentId: t.home.rootId });
    assert.ok(await t.at('x (2)'));
  });

  test('pages newest first, and shows only what could be read where it was', async () => {
    const parent = await folder('pages');
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await t.put(parent, `p${i}`, 'x'));
    for (const id of ids) await t.tree.trash(t.context, id);
    const seen: string[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await t.tree.listTrash(t.context, t.home, {
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.items.map((item) => item.node.id));
      cursor = page.next ?? undefined;
    }
    assert.deepEqual(seen.filter((id) => ids.includes(id)).sort(), ids.toSorted());
    t.denied.set(parent, READ);
    const { items } = await t.tree.listTrash(t.context, t.home, { limit: 100 });
    t.denied.delete(parent);
    assert.ok(items.every((item) => !ids.includes(item.node.id)));
  });

  test('purges a file, a tree, a thing inside a trashed folder; live things too', async () => {
    const top = await folder('purge');
    const sub = await folder('sub', top);
    const file = await t.put(sub, 'f', 'x');
    const live = await t.put(t.home.rootId, 'purge-live', 'x');
    await t.tree.trash(t.context, top);
    await t.tree.purge(t.context, sub);
    await assert.rejects(t.tree.locate(t.context, file), code('not_found'));
    assert.ok(await t.tree.locate(t.context, top));
    await t.tree.purge(t.context, top);
    await assert.rejects(t.tree.purge(t.context, top), code('not_found'));
    await t.tree.purge(t.context, live);
    assert.equal(await t.at('purge-live'), null);
    assert.deepEqual(await t.findings(), []);
  });

  test('empties, but not what the caller may not write', async () => {
    const keep = await t.put(t.home.rootId, 'mine-not', 'x');
    await t.tree.trash(t.context, keep);
    t.denied.set(keep, WRITE);
    await t.tree.emptyTrash(t.context, t.home);
    t.denied.delete(keep);
    const { items } = await t.tree.listTrash(t.context, t.home, { limit: 100 });
    assert.deepEqual(
      items.map((item) => item.node.id),
      [keep],
    );
    await t.tree.emptyTrash(t.context, t.home);
    assert.deepEqual(await t.findings(), []);
  });

  test('expires by age', async () => {
    const id = await t.put(t.home.rootId, 'old', 'x');
    await t.tree.trash(t.context, id);
    assert.equal(await t.tree.expireTrash(60_000, t.context.signal), 0);
    t.clock.ahead += 120_000;
    assert.equal(await t.tree.expireTrash(60_000, t.context.signal), 1);
    t.clock.ahead = 0;
  });
});

describe('versions', () => {
  test('come back as new ones, and go; the current one stays', async () => {
    const id = await t.put(t.home.rootId, 'history', 'one');
    await t.put(t.home.rootId, 'history', 'second');
    const [current, first] = (await t.tree.versions(t.context, id, { limit: 10 })).items;
    await t.tree.restoreVersion(t.context, id, first?.id ?? '');
    assert.equal(await textOf(id), 'one');
    await assert.rejects(
      t.tree.deleteVersion(t.context, id, (await found('history')).node.versionId ?? ''),
      code('conflict', 'current'),
    );
    await t.tree.deleteVersion(t.context, id, current?.id ?? '');
    await assert.rejects(t.tree.deleteVersion(t.context, id, current?.id ?? ''), code('not_found'));
    const page = await t.tree.versions(t.context, id, { limit: 1 });
    assert.ok(page.next);
    assert.equal(
      (await t.tree.versions(t.context, id, { limit: 1, cursor: page.next })).items[0]?.id,
      first?.id,
    );
  });

  test('are thinned by age, keeping the newest', async () => {
    const id = await t.put(t.home.rootId, 'thin', '0');
    for (let i = 1; i < 6; i++) await t.put(t.home.rootId, 'thin', `${i}`);
    assert.equal(await t.tree.expireVersions({ keepDays: 1, keepLast: 2 }, t.context.signal), 0);
    t.clock.ahead += 2 * 86_400_000;
    assert.equal(await t.tree.expireVersions({ keepDays: 0, keepLast: 2 }, t.context.signal), 0);
    assert.ok((await t.tree.expireVersions({ keepDays: 1, keepLast: 2 }, t.context.signal)) >= 4);
    t.clock.ahead = 0;
    const { items } = await t.tree.versions(t.context, id, { limit: 10 });
    assert.deepEqual(items.length, 2);
    assert.equal(await textOf(id), '5');
  });
});

describe('properties', () => {
  test('are set, replaced and removed together', async () => {
    const id = await folder('props');
    const before = (await found('props')).node.etag;
    await t.tree.patchProperties(t.context, id, new Map([['{a}x', '1'], ['{a}y', '2']]), 1000); // prettier-ignore
    await t.tree.patchProperties(t.context, id, new Map([['{a}x', null], ['{a}y', '3']])); // prettier-ignore
    assert.deepEqual([...((await t.tree.properties([id])).get(id) ?? [])], [['{a}y', '3']]);
    assert.notEqual((await found('props')).node.etag, before);
  });
});

describe('locks', () => {
  const exclusive = { scope: 'exclusive', depth: '0', owner: '', timeoutMs: 60_000 } as const;

  test('stop every door but the owner who shows the token', async () => {
    const id = await t.put(t.home.rootId, 'locked', '1');
    const { chain } = await found('locked');
    const lock = await t.locks.acquire(t.context, chain, exclusive);
    await assert.rejects(t.put(t.home.rootId, 'locked', '2'), code('locked'));
    await assert.rejects(t.tree.move(t.context, id, { name: 'moved' }), code('locked'));
    await assert.rejects(t.tree.trash(t.context, id), code('locked'));
    await assert.rejects(t.tree.patchProperties(t.context, id, new Map([['{x}y', '1']])), code('locked'));
    const holder = { ...t.context, lockTokens: [lock.token] };
    await t.tree.putFile(holder, { nodeId: id }, await t.content('3'));
    await t.tree.move(holder, id, { name: 'moved' });
    assert.equal((await t.locks.covering(null, chain)).length, 0);
    await t.put(t.home.rootId, 'moved', '4');
  });

  test('below a folder hold it in its place', async () => {
    const top = await folder('holder');
    await t.put(await folder('sub', top), 'f', 'x');
    const { chain } = await found('holder/sub/f');
    const lock = await t.locks.acquire(t.context, chain, exclusive);
    await assert.rejects(t.tree.move(t.context, top, { name: 'held' }), code('locked'));
    await t.put(top, 'beside', 'x');
    await t.tree.trash({ ...t.context, lockTokens: [lock.token] }, top);
    assert.equal((await t.locks.onNodes([chain.at(-1) ?? ''])).size, 0);
  });

  test('are taken only where the chain stands and may be written', async () => {
    const a = await folder('chain-a');
    const b = await folder('chain-b', a);
    const { chain } = await found('chain-a/chain-b');
    await t.tree.move(t.context, b, { parentId: t.home.rootId });
    await assert.rejects(t.locks.acquire(t.context, chain, exclusive), code('not_found'));
    t.denied.set(b, WRITE);
    await assert.rejects(t.locks.acquire(t.context, [t.home.rootId, b], exclusive), code('forbidden'));
    t.denied.delete(b);
    await t.tree.trash(t.context, b);
    await assert.rejects(t.locks.acquire(t.context, [t.home.rootId, b], exclusive), code('not_found'));
  });
});
