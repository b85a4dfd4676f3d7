import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  eventually,
  makeTestFolder,
  names,
  none,
  refused,
  startServer,
  textOf,
  upload,
  workspaceOf,
} from './harness.ts';

const server = await startServer();
const client = server.client();

test('a path leads to a node, a node tells its path and what is above', async () => {
  const top = await makeTestFolder(client);
  const inner = await client.call('createFolder', { params: { id: top.id }, body: { name: 'Ünder' } });
  const file = await upload(client, inner.id, 'a b.txt', '12345');
  const path = `/common/${top.name}/Ünder/a b.txt`;
  const found = await client.call('lookupNode', { query: { path } });
  assert.deepEqual([found.id, found.path, found.size, found.mime], [file.id, path, 5, 'text/plain']);
  const { items } = await client.call('getAncestors', { params: { id: file.id } });
  const common = await workspaceOf(client, 'common');
  assert.deepEqual(
    items.map((node) => node.id),
    [common.rootId, top.id, inner.id],
  );
  await refused('not_found', client.call('lookupNode', { query: { path: `${path}/x` } }));
  await refused('not_found', client.call('lookupNode', { query: { path: '/nowhere/x' } }));
  await refused('invalid_input', client.call('lookupNode', { query: { path: '/' } }));
  await refused('not_found', client.call('getNode', { params: { id: none } }));
});

test('a folder knows the size of all that is below it', async () => {
  const top = await makeTestFolder(client);
  const inner = await client.call('createFolder', { params: { id: top.id }, body: { name: 'in' } });
  await upload(client, top.id, 'a', 'x'.repeat(100));
  const b = await upload(client, inner.id, 'b', 'x'.repeat(23));
  const size = async (): Promise<unknown[]> => {
    const node = await client.call('getNode', { params: { id: top.id } });
    return [node.size, node.files];
  };
  assert.deepEqual(await size(), [123, 2]);
  await client.call('replaceContent', { params: { id: b.id }, body: 'xxx' });
  assert.deepEqual(await size(), [103, 2]);
  await client.call('deleteNode', { params: { id: inner.id } });
  assert.deepEqual(await size(), [100, 1]);
});

test('a taken name is refused, replaced or numbered, as asked', async () => {
  const { id } = await makeTestFolder(client);
  const first = await upload(client, id, 'n.txt', 'one');
  await refused('conflict', upload(client, id, 'n.txt', 'two'));
  const put = (conflict: 'replace' | 'keep_both', body: string) =>
    client.call('uploadFile', { params: { id, name: 'n.txt' }, query: { conflict }, body });
  const replaced = await put('replace', 'two');
  assert.deepEqual([replaced.id, await textOf(client, first.id)], [first.id, 'two']);
  const kept = await put('keep_both', 'three');
  assert.deepEqual([kept.name, await textOf(client, first.id)], ['n (2).txt', 'two']);
  await refused('conflict', client.call('createFolder', { params: { id }, body: { name: 'n.txt' } }));
  const folder = await client.call('createFolder', {
    params: { id },
    body: { name: 'n.txt', conflict: 'keep_both' },
  });
  assert.notEqual(folder.name, 'n.txt');
  await refused('conflict', upload(client, id, folder.name, 'a file where a folder is'));
  await refused('conflict', upload(client, first.id, 'x', 'into a file'));
});

test('two that create the same name at once: one wins', async () => {
  const { id } = await makeTestFolder(client);
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => upload(client, id, 'same', `writer ${i}`)),
  );
  assert.equal(results.filter((r) => r.status === 'fulfilled').length, 1);
  for (const result of results)
    if (result.status === 'rejected') assert.equal((result.reason as { code: string }).code, 'conflict');
  assert.deepEqual(await names(client, id), ['same']);
});

test('renames and moves, both at once too, and keeps the id', async () => {
  const from = await makeTestFolder(client);
  const to = await makeTestFolder(client);
  const file = await upload(client, from.id, 'a.txt', 'content');
  const renamed = await client.call('updateNode', { params: { id: file.id }, body: { name: 'b.txt' } });
  assert.deepEqual([renamed.id, renamed.name], [file.id, 'b.txt']);
  const moved = await client.call('updateNode', {
    params: { id: file.id },
    body: { name: 'c.txt', parentId: to.id },
  });
  assert.deepEqual([moved.id, moved.path], [file.id, `/common/${to.name}/c.txt`]);
  assert.deepEqual([await names(client, from.id), await names(client, to.id)], [[], ['c.txt']]);
  const upper = await client.call('updateNode', { params: { id: file.id }, body: { name: 'C.txt' } });
  assert.equal(upper.name, 'C.txt', 'a name may differ from itself by case');
});

test('refuses moves that make no sense', async () => {
  const top = await makeTestFolder(client);
  const inner = await client.call('createFolder', { params: { id: top.id }, body: { name: 'inner' } });
  const file = await upload(client, top.id, 'f', '1');
  const { rootId } = await workspaceOf(client, 'common');
  const move = (id: string, body: { parentId?: string; name?: string; conflict?: 'replace' }) =>
    client.call('updateNode', { params: { id }, body });
  await refused('conflict', move(top.id, { parentId: inner.id }));
  await refused('conflict', move(top.id, { parentId: top.id }));
  await refused('conflict', move(inner.id, { parentId: file.id }));
  await refused('not_found', move(file.id, { parentId: none }));
  await refused('conflict', move(file.id, { name: 'inner' }));
  await refused('invalid_input', move(file.id, {}));
  const root = await client
    .call('updateNode', { params: { id: rootId }, body: { name: 'x' } })
    .catch((e: Error) => e);
  assert.ok(root instanceof Error, 'the root of a workspace stays');
});

test('copies a folder with all that is in it, independent of its source', async () => {
  const top = await makeTestFolder(client);
  const source = await client.call('createFolder', { params: { id: top.id }, body: { name: 'source' } });
  const deep = await client.call('createFolder', { params: { id: source.id }, body: { name: 'deep' } });
  const file = await upload(client, deep.id, 'f.txt', 'before');
  const copy = await client.call('copyNode', {
    params: { id: source.id },
    body: { parentId: top.id, name: 'copy' },
  });
  await client.call('replaceContent', { params: { id: file.id }, body: 'after' });
  const path = `/common/${top.name}/copy/deep/f.txt`;
  const copied = await client.call('lookupNode', { query: { path } });
  assert.notEqual(copied.id, file.id);
  assert.equal(await textOf(client, copied.id), 'before');
  await refused(
    'conflict',
    client.call('copyNode', { params: { id: source.id }, body: { parentId: deep.id } }),
  );
  const again = await client.call('copyNode', {
    params: { id: source.id },
    body: { parentId: top.id, name: 'copy', conflict: 'keep_both' },
  });
  assert.equal(again.name, 'copy (2)');
  assert.equal((await client.call('getNode', { params: { id: copy.id } })).size, 6);
});

test('one verb for many nodes answers for each of them', async () => {
  const [from, to] = [await makeTestFolder(client), await makeTestFolder(client)];
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) ids.push((await upload(client, from.id, name, name)).id);
  await upload(client, to.id, 'b', 'taken');
  const batch = async (verb: 'move' | 'copy' | 'trash' | 'restore' | 'purge', parentId?: string) =>
    (
      await client.call('batchNodes', {
        body: { verb, ids: [...ids, none], ...(parentId === undefined ? {} : { parentId }) },
      })
    ).results.map((result) => (result.ok ? 'ok' : result.code));
  assert.deepEqual(await batch('move', to.id), ['ok', 'conflict', 'ok', 'not_found']);
  assert.deepEqual(await batch('copy', from.id), ['ok', 'conflict', 'ok', 'not_found']);
  assert.deepEqual(await batch('move'), ['invalid_input', 'invalid_input', 'invalid_input', 'invalid_input']);
  assert.deepEqual(await batch('trash'), ['ok', 'ok', 'ok', 'not_found']);
  assert.deepEqual(await names(client, to.id), ['b']);
  assert.deepEqual(await batch('restore'), ['ok', 'ok', 'ok', 'not_found']);
  assert.deepEqual(await names(client, to.id), ['a', 'b', 'c']);
  assert.deepEqual(await batch('purge'), ['ok', 'ok', 'ok', 'not_found']);
  await refused('invalid_input', client.call('batchNodes', { body: { verb: 'trash', ids: [] } }));
});

test('what is deleted lies in the trash, with where it came from, until it is restored or purged', async () => {
  const workspace = await client.call('createWorkspace', { body: { slug: 'bin', name: 'Bin' } });
  const folder = await client.call('createFolder', { params: { id: workspace.rootId }, body: { name: 'f' } });
  const inside = await upload(client, folder.id, 'inside', 'x');
  const file = await upload(client, workspace.rootId, 'file', 'x');
  await client.call('deleteNode', { params: { id: folder.id } });
  await client.call('deleteNode', { params: { id: file.id } });
  const trash = async () => (await client.call('listTrash', { params: { id: workspace.id } })).items;
  assert.deepEqual(
    (await trash()).map((node) => [node.id, node.trashed?.from]),
    [
      [file.id, '/bin/file'],
      [folder.id, '/bin/f'],
    ],
  );
  assert.ok(((await trash())[0]?.trashed?.purgeAt ?? 0) > Date.now() + 29 * 86_400_000);
  await refused('not_found', client.call('lookupNode', { query: { path: '/bin/f/inside' } }));
  assert.equal((await server.fetch('PROPFIND', '/dav/bin/f/', { headers: { depth: '0' } })).status, 404);
  await upload(client, workspace.rootId, 'file', 'another by that name');
  await refused(
    'conflict',
    client.call('restoreNode', { params: { id: file.id }, body: { conflict: 'fail' } }),
  );
  const restored = await client.call('restoreNode', {
    params: { id: file.id },
    body: { conflict: 'keep_both' },
  });
  assert.equal(restored.name, 'file (2)');
  await client.call('restoreNode', { params: { id: folder.id }, body: {} });
  assert.equal(await textOf(client, inside.id), 'x');
  const page = await client.call('listTrash', { params: { id: workspace.id }, query: { limit: 1 } });
  assert.deepEqual([page.items, page.next], [[], null]);
});

test('restores to another folder, and asks for one where the old folder has gone', async () => {
  const [from, to] = [await makeTestFolder(client), await makeTestFolder(client)];
  const [one, two] = [await upload(client, from.id, 'one', '1'), await upload(client, from.id, 'two', '2')];
  for (const { id } of [one, two]) await client.call('deleteNode', { params: { id } });
  await client.call('restoreNode', { params: { id: one.id }, body: { parentId: to.id } });
  assert.deepEqual(await names(client, to.id), ['one']);
  await client.call('deleteNode', { params: { id: from.id }, query: { permanent: true } });
  await refused('conflict', client.call('restoreNode', { params: { id: two.id }, body: {} }));
  await client.call('restoreNode', { params: { id: two.id }, body: { parentId: to.id } });
  assert.deepEqual(await names(client, to.id), ['one', 'two']);
  await refused('not_found', client.call('restoreNode', { params: { id: none }, body: {} }));
});

test('purging and emptying the trash remove for good and give the space back', async () => {
  const workspace = await client.call('createWorkspace', {
    body: { slug: 'purge', name: 'Purge', quota: 1000 },
  });
  const fill = (name: string) => upload(client, workspace.rootId, name, 'x'.repeat(400));
  const [one, two] = [await fill('one'), await fill('two')];
  await client.call('deleteNode', { params: { id: one.id } });
  await refused('quota_exceeded', fill('three'));
  await client.call('deleteNode', { params: { id: one.id } });
  await refused('not_found', client.call('getNode', { params: { id: one.id } }));
  await fill('three');
  await client.call('deleteNode', { params: { id: two.id } });
  await client.call('emptyTrash', { params: { id: workspace.id } });
  assert.deepEqual((await client.call('listTrash', { params: { id: workspace.id } })).items, []);
  await eventually('the space is given back', async () => (await workspaceOf(client, 'purge')).used === 400);
});

test('keeps earlier versions, makes one the newest again, and removes one', async () => {
  const folder = await makeTestFolder(client);
  const file = await upload(client, folder.id, 'v.txt', 'one');
  for (const body of ['two', 'three']) await client.call('replaceContent', { params: { id: file.id }, body });
  const versions = async () => (await client.call('listVersions', { params: { id: file.id } })).items;
  const [three, two, one] = await versions();
  assert.ok(one && two && three);
  assert.deepEqual([three.current, two.current, one.current], [true, false, false]);
  const old = await client.call('downloadContent', { params: { id: file.id }, query: { version: one.id } });
  assert.equal(await old.text(), 'one');
  await client.call('restoreVersion', { params: { id: file.id, version: one.id } });
  assert.equal(await textOf(client, file.id), 'one');
  assert.equal((await versions()).length, 4);
  await client.call('deleteVersion', { params: { id: file.id, version: two.id } });
  assert.equal((await versions()).length, 3);
  await refused('not_found', client.call('deleteVersion', { params: { id: file.id, version: two.id } }));
  const current = (await versions()).find((version) => version.current);
  await refused(
    'conflict',
    client.call('deleteVersion', { params: { id: file.id, version: current?.id ?? '' } }),
  );
  const page = await client.call('listVersions', { params: { id: file.id }, query: { limit: 2 } });
  assert.ok(page.items.length === 2 && page.next !== null);
});
