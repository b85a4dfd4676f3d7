import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '@volvox/api';
import type { Client } from '@volvox/client';
import { bulkBody } from './bulk-body.ts';
import {
  asUser,
  eventually,
  makeTestFolder,
  makeUser,
  refused,
  startServer,
  upload,
  workspaceOf,
} from './harness.ts';

const server = await startServer();
const client = server.client();
await makeUser(server, 'anna');
const anna = server.client(asUser('anna'));
type Query = NonNullable<NonNullable<Parameters<typeof client.call<'search'>>[1]>['query']>;

async function find(of: Client, query: Query): Promise<Node[]> {
  return (await of.call('search', { query })).items;
}

async function found(of: Client, query: Query): Promise<string[]> {
  return (await find(of, query)).map((node) => node.name).sort();
}

/** Search follows the changes a little later. Where it never does, the message tells a row that was lost from a follower that stands still. */
async function finds(of: Client, query: Query, expected: readonly string[]): Promise<void> {
  const wanted = JSON.stringify([...expected].sort());
  let last = '';
  const missed = async (): Promise<string> => {
    const { followers } = await client.call('status');
    const follower = JSON.stringify(followers.find(({ name }) => name === 'search'));
    return `${JSON.stringify(query)} finds ${wanted}, but found ${last}; the follower: ${follower}`;
  };
  await eventually(missed, async () => (last = JSON.stringify(await found(of, query))) === wanted);
}

test('finds by parts of names, whatever their case and accents', async () => {
  const { id } = await makeTestFolder(client);
  const names = [
    'Jahresbericht 2025.odt',
    'JAHRESABSCHLUSS.pdf',
    'Überblick März.txt',
    'naïve café.md',
    '日本語.txt',
  ];
  for (const name of names) await upload(client, id, name, 'x');
  await finds(client, { q: 'jahres' }, ['JAHRESABSCHLUSS.pdf', 'Jahresbericht 2025.odt']);
  const cases: readonly [string, readonly string[]][] = [
    ['uberblick', ['Überblick März.txt']],
    ['ÜBERBLICK', ['Überblick März.txt']],
    ['marz', ['Überblick März.txt']],
    ['cafe', ['naïve café.md']],
    ['bericht', ['Jahresbericht 2025.odt']],
    ['2025 jahres', ['Jahresbericht 2025.odt']],
    ['jahres nothing', []],
    ['日本', ['日本語.txt']],
    ['.odt', ['Jahresbericht 2025.odt']],
  ];
  for (const [q, expected] of cases) await finds(client, { q }, expected);
});

test('narrows by kind, size, time, extension, owner and place', async () => {
  const { id, workspaceId } = await makeTestFolder(client);
  const inner = await client.call('createFolder', { params: { id }, body: { name: 'narrow folder' } });
  const small = await upload(client, id, 'narrow small.txt', 'x');
  await client.call('uploadFile', {
    params: { id: inner.id, name: 'narrow large.bin' },
    query: { modifiedAt: 1_000_000_000_000 },
    body: 'x'.repeat(5000),
  });
  await upload(anna, id, 'narrow hers.txt', 'xx');
  const all = ['narrow folder', 'narrow hers.txt', 'narrow large.bin', 'narrow small.txt'];
  await finds(client, { q: 'narrow' }, all);
  const me = (await client.call('me')).user.id;
  const cases: readonly [Query, readonly string[]][] = [
    [{ kind: 'folder' }, ['narrow folder']],
    [{ minSize: 1000, kind: 'file' }, ['narrow large.bin']],
    [{ maxSize: 1, kind: 'file' }, ['narrow small.txt']],
    [{ modifiedBefore: 1_000_000_000_001 }, ['narrow large.bin']],
    [{ modifiedAfter: small.createdAt - 60_000, kind: 'file' }, ['narrow hers.txt', 'narrow small.txt']],
    [{ extension: 'bin' }, ['narrow large.bin']],
    [{ owner: me, kind: 'file' }, ['narrow large.bin', 'narrow small.txt']],
    [{ within: inner.id }, ['narrow large.bin']],
    [{ workspaceId }, all],
    [{ workspaceId: (await workspaceOf(client, 'personal')).id }, []],
  ];
  for (const [query, expected] of cases) await finds(client, { q: 'narrow', ...query }, expected);
});

test('shows nobody what they may not read', async () => {
  const { rootId } = await workspaceOf(client, 'personal');
  await upload(client, rootId, 'confidential salary.txt', 'x');
  await finds(client, { q: 'confidential' }, ['confidential salary.txt']);
  assert.deepEqual(await found(anna, { q: 'confidential' }), []);
});

test('follows renames, moves, the trash, restoring and purging', async () => {
  const [from, to] = [await makeTestFolder(client), await makeTestFolder(client)];
  const folder = await client.call('createFolder', { params: { id: from.id }, body: { name: 'moving' } });
  const file = await upload(client, folder.id, 'zebra one.txt', 'x');
  await finds(client, { q: 'zebra' }, ['zebra one.txt']);
  await client.call('updateNode', { params: { id: file.id }, body: { name: 'zebra two.txt' } });
  await finds(client, { q: 'zebra' }, ['zebra two.txt']);
  await client.call('updateNode', { params: { id: folder.id }, body: { parentId: to.id } });
  await finds(client, { q: 'zebra', within: to.id }, ['zebra two.txt']);
  assert.deepEqual(await found(client, { q: 'zebra', within: from.id }), []);
  await client.call('deleteNode', { params: { id: folder.id } });
  await finds(client, { q: 'zebra' }, []);
  await client.call('restoreNode', { params: { id: folder.id }, body: {} });
  await finds(client, { q: 'zebra' }, ['zebra two.txt']);
  await client.call('copyNode', { params: { id: folder.id }, body: { parentId: from.id } });
  await finds(client, { q: 'zebra' }, ['zebra two.txt', 'zebra two.txt']);
  for (const top of [from, to])
    await client.call('deleteNode', { params: { id: top.id }, query: { permanent: true } });
  await finds(client, { q: 'zebra' }, []);
});

test('pages by cursor show each hit once', async () => {
  const { id } = await makeTestFolder(client);
  const files = Array.from({ length: 120 }, (_, i) => ({ path: `paged ${i}.txt`, content: 'x' }));
  await client.call('bulkUpload', { params: { id }, body: bulkBody(files) });
  await eventually(
    'all are found',
    async () => (await find(client, { q: 'paged', limit: 200 })).length === 120,
  );
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call('search', {
      query: { q: 'paged', limit: 50, ...(cursor === undefined ? {} : { cursor }) },
    });
    seen.push(...page.items.map((node) => node.id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual([seen.length, new Set(seen).size], [120, 120]);
  await refused('invalid_input', client.call('search', { query: { q: 'paged', cursor: 'nonsense' } }));
});

test('is rebuilt while it serves', async () => {
  const before = await found(client, { q: 'paged', limit: 200 });
  assert.ok(before.length > 0);
  assert.deepEqual(await client.call('rebuildFollower', { params: { name: 'search' } }), { started: true });
  await eventually('the rebuild ends', async () => {
    assert.deepEqual(await found(client, { q: 'paged', limit: 200 }), before);
    const { followers } = await client.call('status');
    const search = followers.find((follower) => follower.name === 'search');
    return search?.rebuilding === false && search.error === null;
  });
  assert.deepEqual(await found(client, { q: 'paged', limit: 200 }), before);
  await refused('not_found', client.call('rebuildFollower', { params: { name: 'nothing' } }));
  await refused('forbidden', anna.call('rebuildFollower', { params: { name: 'search' } }));
});

test('activity tells what happened to a node and what a person did, to those who may read it', async () => {
  const folder = await makeTestFolder(client);
  const file = await upload(anna, folder.id, 'report.txt', 'x');
  await client.call('updateNode', { params: { id: file.id }, body: { name: 'report v2.txt' } });
  const ofNode = await eventually('both are told', async () => {
    const { items } = await client.call('listActivity', { query: { node: file.id } });
    return items.length >= 2 ? items : null;
  });
  assert.deepEqual(
    ofNode.map((entry) => entry.actor?.displayName),
    ['admin', 'anna'],
  );
  const annaId = ofNode[1]?.actor?.id ?? '';
  const hers = await client.call('listActivity', { query: { user: annaId, limit: 1 } });
  assert.equal(hers.items[0]?.actor?.id, annaId);
  const { rootId } = await workspaceOf(client, 'personal');
  const secret = await upload(client, rootId, 'unseen.txt', 'x');
  await eventually('the owner sees it', async () => {
    const { items } = await client.call('listActivity', { query: { node: secret.id } });
    return items.length > 0;
  });
  await refused('not_found', anna.call('listActivity', { query: { node: secret.id } }));
  const me = (await client.call('me')).user.id;
  await refused('forbidden', anna.call('listActivity', { query: { user: me } }));
  await refused('invalid_input', anna.call('listActivity'));
});
