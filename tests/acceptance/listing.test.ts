/** A folder of 10,000: by pages, in every order, while others write into it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '@volvox/api';
import { bulkBody, type BulkFile } from './bulk-body.ts';
import { makeTestFolder, refused, startServer, upload } from './harness.ts';

const count = 10_000;
const server = await startServer({ env: { VOLVOX_DURABILITY: 'relaxed' } });
const client = server.client();
const { id } = await makeTestFolder(client);
for (let from = 0; from < count; from += 1000) {
  const files: BulkFile[] = Array.from({ length: 1000 }, (_, i) => ({
    path: nameOf(from + i),
    content: 'x'.repeat((from + i) % 97),
    modifiedAt: 1_700_000_000_000 + (((from + i) * 7919) % count) * 1000,
  }));
  const { results } = await client.call('bulkUpload', { params: { id }, body: bulkBody(files) });
  assert.deepEqual(
    results.filter((result) => !result.ok),
    [],
  );
}

/** Numbers without zeros in front, upper and lower case, accents: what orders go wrong with. */
function nameOf(i: number): string {
  return `${['File', 'fíle', 'FILE', 'file'][i % 4] ?? ''} ${i}.txt`;
}

type Query = NonNullable<Parameters<typeof client.call<'listChildren'>>[1]['query']>;

async function all(query: Query): Promise<Node[]> {
  const items: Node[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call('listChildren', {
      params: { id },
      query: { limit: 1000, ...query, ...(cursor === undefined ? {} : { cursor }) },
    });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

const keys: Readonly<Record<'name' | 'size' | 'modified', (node: Node) => number>> = {
  name: (node) => Number(/\d+/.exec(node.name)?.[0]),
  size: (node) => node.size,
  modified: (node) => node.modifiedAt,
};

for (const sort of ['name', 'size', 'modified'] as const)
  for (const order of ['asc', 'desc'] as const)
    test(`lists each once by ${sort}, ${order}`, async () => {
      const items = await all({ sort, order });
      assert.equal(new Set(items.map((node) => node.id)).size, count);
      const values = items.map(keys[sort]);
      const sorted = values.toSorted((a, b) => (order === 'asc' ? a - b : b - a));
      assert.deepEqual(values, sorted);
    });

test('the first page tells how many there are, and pages end with no cursor', async () => {
  const page = await client.call('listChildren', { params: { id }, query: { limit: 10 } });
  assert.deepEqual([page.total, page.items.length], [count, 10]);
  const rest = await client.call('listChildren', {
    params: { id },
    query: { limit: 10, cursor: page.next ?? '' },
  });
  assert.equal(rest.items.length, 10);
  assert.notEqual(rest.items[0]?.id, page.items[0]?.id);
});

test('nothing is left out or shown twice when others insert and remove meanwhile', async () => {
  const seen = new Map<string, string>();
  let cursor: string | undefined;
  let turn = 0;
  const before = new Set((await all({})).map((node) => node.id));
  do {
    const page = await client.call('listChildren', {
      params: { id },
      query: { limit: 500, ...(cursor === undefined ? {} : { cursor }) },
    });
    for (const node of page.items) {
      assert.ok(!seen.has(node.id), `twice: ${node.name}`);
      seen.set(node.id, node.name);
    }
    cursor = page.next ?? undefined;
    turn += 1;
    const early = await upload(client, id, `file 0 inserted ${turn}.txt`, 'x');
    await upload(client, id, `file 99999${turn} inserted.txt`, 'x');
    if (turn % 2 === 0)
      await client.call('deleteNode', { params: { id: early.id }, query: { permanent: true } });
  } while (cursor !== undefined);
  for (const known of before) assert.ok(seen.has(known));
  for (const node of await all({ name: 'inserted' }))
    await client.call('deleteNode', { params: { id: node.id }, query: { permanent: true } });
});

test('a page goes on where the node of its end has been removed', async () => {
  const page = await client.call('listChildren', { params: { id }, query: { limit: 3 } });
  const last = page.items.at(-1);
  assert.ok(last);
  await client.call('deleteNode', { params: { id: last.id } });
  const next = await client.call('listChildren', {
    params: { id },
    query: { limit: 1, cursor: page.next ?? '' },
  });
  assert.equal(next.items[0]?.name, nameOf(3));
  await client.call('restoreNode', { params: { id: last.id }, body: {} });
});

test('filters by kind and by part of a name, without regard to case and accents', async () => {
  const folder = await client.call('createFolder', { params: { id }, body: { name: 'A folder' } });
  assert.deepEqual(
    (await all({ kind: 'folder' })).map((node) => node.id),
    [folder.id],
  );
  assert.equal((await all({ kind: 'file' })).length, count);
  const expected = Array.from({ length: count }, (_, i) => nameOf(i)).filter((name) =>
    name.includes(' 77'),
  ).length;
  assert.equal((await all({ name: 'FILE 77' })).length, expected);
  assert.equal((await all({ name: 'fíle 77' })).length, expected);
  assert.equal((await all({ name: '100%' })).length, 0, 'nothing in a filter is a pattern');
  await client.call('deleteNode', { params: { id: folder.id }, query: { permanent: true } });
});

test('refuses cursors that it has not given, or that belong to another order', async () => {
  const page = await client.call('listChildren', { params: { id }, query: { limit: 1, sort: 'name' } });
  const list = (query: Query) => client.call('listChildren', { params: { id }, query });
  await refused('invalid_input', list({ cursor: 'nonsense' }));
  await refused('invalid_input', list({ cursor: Buffer.from('{"a":1}').toString('base64url') }));
  await refused('invalid_input', list({ cursor: page.next ?? '', sort: 'size' }));
  await refused('invalid_input', list({ limit: 0 }));
  await refused('invalid_input', list({ limit: 1001 }));
});
