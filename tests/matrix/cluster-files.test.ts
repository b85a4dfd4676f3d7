/** Files through a cluster without sticky sessions: what is begun on one node goes on through another. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Change } from '@volvox/api';
import { measure, startThreeNodes } from './three-nodes.ts';
import { bulkBody } from '../acceptance/bulk-body.ts';
import {
  eventually,
  makeTestFolder,
  names,
  sha256,
  textOf,
  upload,
  type Server,
} from '../acceptance/harness.ts';
import { locationOf, TusClient } from '../acceptance/tus.ts';

const { a, b, c } = await startThreeNodes();

test('a WebDAV lock taken on one node holds on the others, and is given back on any', async () => {
  const { name } = await makeTestFolder(a.client());
  const target = `/dav/common/${name}/locked.txt`;
  await b.fetch('PUT', target, { body: 'before' });
  const body = `<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`;
  const locked = await a.fetch('LOCK', target, { body, headers: { timeout: 'Second-60' } });
  assert.equal(locked.status, 200);
  const token = locked.headers.get('lock-token') ?? '';
  const put = async (node: Server, headers: Record<string, string> = {}): Promise<number> =>
    (await node.fetch('PUT', target, { body: 'x', headers })).status;
  assert.deepEqual([await put(b), await put(c), await put(a)], [423, 423, 423]);
  assert.equal((await b.fetch('DELETE', `/dav/common/${name}/`)).status, 423);
  assert.equal((await c.fetch('LOCK', target, { body })).status, 423);
  assert.equal(await put(c, { if: `(${token})` }), 204);
  const refreshed = await c.fetch('LOCK', target, { headers: { if: `(${token})`, timeout: 'Second-90' } });
  assert.equal(refreshed.status, 200);
  assert.equal((await b.fetch('UNLOCK', target, { headers: { 'lock-token': token } })).status, 204);
  assert.deepEqual([await put(a), await put(c)], [204, 204]);
});

test('a resumable upload moves from node to node', async () => {
  const folder = await makeTestFolder(a.client());
  const bytes = randomBytes(3_000_000);
  const [onA, onB, onC] = [new TusClient(a), new TusClient(b), new TusClient(c)];
  const created = await onA.create(
    { filename: 'travelling.bin', path: `/common/${folder.name}` },
    { 'upload-length': String(bytes.length) },
  );
  const location = locationOf(created);
  let offset = 0;
  for (const [node, end] of [
    [onA, 500_000],
    [onB, 1_500_000],
    [onC, 2_200_000],
    [onA, bytes.length],
  ] as const) {
    assert.equal(await node.offset(location), offset);
    const answer = await node.append(location, offset, bytes.subarray(offset, end));
    assert.deepEqual([answer.status, answer.headers.get('upload-offset')], [204, String(end)]);
    offset = end;
  }
  const query = { path: `/common/${folder.name}/travelling.bin` };
  const { id } = await c.client().call('lookupNode', { query });
  const back = await b.client().call('downloadContent', { params: { id } });
  assert.equal(sha256(await back.bytes()), sha256(bytes));
});

test('an append that is sent to two nodes at once is taken once', async () => {
  const folder = await makeTestFolder(a.client());
  const clients = [new TusClient(a), new TusClient(b), new TusClient(c)] as const;
  const created = await clients[0].create(
    { filename: 'raced', path: `/common/${folder.name}` },
    { 'upload-length': '12' },
  );
  const location = locationOf(created);
  const answers = await Promise.all(
    clients.map(async (client, i) => (await client.append(location, 0, String(i).repeat(6))).status),
  );
  assert.equal(answers.filter((status) => status === 204).length, 1, answers.join());
  assert.ok(
    answers.every((status) => [204, 409, 423].includes(status)),
    answers.join(),
  );
  for (const client of clients) assert.equal(await client.offset(location), 6);
});

/** One connection for server-sent events; `seen` fills as they come. */
async function listen(node: Server, after: number) {
  const stop = new AbortController();
  const answer = await node.fetch('GET', '/api/v1/events', {
    headers: { 'last-event-id': String(after) },
    signal: stop.signal,
  });
  assert.equal(answer.status, 200);
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    let text = '';
    for await (const piece of answer.body ?? []) {
      text += Buffer.from(piece).toString();
      seen.splice(0, Infinity, ...[...text.matchAll(/event: change\nid: (\d+)\n/g)].map((m) => Number(m[1])));
    }
  };
  const ended = read().catch(() => undefined);
  return {
    seen,
    async close() {
      stop.abort();
      await ended;
    },
  };
}

test('live updates move between nodes by Last-Event-ID, with nothing missed and nothing doubled', async (t) => {
  const folder = await makeTestFolder(a.client());
  const { head } = await a.client().call('listChanges');
  const all: number[] = [];
  let after = head;
  for (const [round, node] of [a, c, b, c].entries()) {
    const writer = [b, a, c, b][round] ?? b;
    // One while nobody listens, one while somebody does, on another node.
    await upload(writer.client(), folder.id, `away-${round}`, 'x');
    const line = await listen(node, after);
    await upload(writer.client(), folder.id, `there-${round}`, 'x');
    await measure(t, `round ${round}: both are seen`, async () => line.seen.length >= 2);
    await line.close();
    all.push(...line.seen);
    after = all.at(-1) ?? after;
  }
  const { items } = await b.client().call('listChanges', { query: { after: head, limit: 1000 } });
  assert.deepEqual(
    all,
    items.map((change) => change.seq),
  );
  assert.equal(all.length, 8);
});

test('the change feed and listings are paged across nodes', async () => {
  const { head } = await c.client().call('listChanges');
  const folder = await makeTestFolder(a.client());
  await Promise.all(
    Array.from({ length: 21 }, (_, i) => upload(([a, b, c][i % 3] ?? a).client(), folder.id, `f${i}`, 'x')),
  );
  const changes: Change[] = [];
  await eventually('all changes are there', async () => {
    changes.length = 0;
    for (let turn = 0, more = true; more; turn++) {
      const node = [a, b, c][turn % 3] ?? a;
      const query = { after: changes.at(-1)?.seq ?? head, limit: 4 };
      const page = await node.client().call('listChanges', { query });
      changes.push(...page.items);
      more = page.more;
    }
    return changes.length >= 22;
  });
  const seqs = changes.map((change) => change.seq);
  assert.deepEqual(
    seqs,
    [...new Set(seqs)].sort((x, y) => x - y),
  );
  assert.equal(changes.length, 22);
  const listed: string[] = [];
  let next: string | null = null;
  for (let turn = 0; turn === 0 || next !== null; turn++) {
    const page = await pageOf([b, c, a][turn % 3] ?? a, folder.id, next);
    listed.push(...page.items.map((item) => item.name));
    next = page.next;
  }
  assert.deepEqual(listed.sort(), Array.from({ length: 21 }, (_, i) => `f${i}`).sort());
});

function pageOf(node: Server, id: string, cursor: string | null) {
  const query = { limit: 4, ...(cursor === null ? {} : { cursor }) };
  return node.client().call('listChildren', { params: { id }, query });
}

test('bulk uploads and zips work on any node', async () => {
  const folder = await makeTestFolder(a.client());
  const files = [0, 1, 2].map((i) => ({ path: `dir/file-${i}.txt`, content: `content ${i}` }));
  for (const [i, node] of [a, b, c].entries()) {
    const body = bulkBody(files.map((file) => ({ ...file, path: `${i}/${file.path}` })));
    const answer = await node.fetch('POST', `/api/v1/nodes/${folder.id}/bulk`, {
      body,
      headers: { 'content-type': 'application/x-volvox-bulk' },
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    await answer.arrayBuffer();
  }
  assert.deepEqual((await names(b.client(), folder.id)).sort(), ['0', '1', '2']);
  const zips = await Promise.all(
    [a, b, c].map(async (node) =>
      sha256(await (await node.client().call('downloadZip', { query: { ids: folder.id } })).bytes()),
    ),
  );
  assert.equal(
    new Set(zips).size,
    1,
    'the same bytes from every node, so that a download can go on on another',
  );
});

test('search finds on every node what was put on one, within seconds', async (t) => {
  const folder = await makeTestFolder(a.client());
  for (const [i, node] of [a, b, c].entries()) {
    const word = randomUUID().replaceAll('-', '');
    await upload(node.client(), folder.id, `${word}.txt`, 'x');
    const others = [a, b, c].filter((other) => other !== node);
    await measure(t, `what was put on ${'abc'[i] ?? ''} is found on the others`, async () => {
      const found = await Promise.all(
        others.map((other) => other.client().call('search', { query: { q: word } })),
      );
      return found.every(({ items }) => items.length === 1);
    });
  }
});

test('what was written on one node is read whole on the others at once', async () => {
  const folder = await makeTestFolder(a.client());
  const file = await upload(a.client(), folder.id, 'f.txt', 'zero');
  for (let i = 0; i < 30; i++) {
    const [writer, reader] = [[a, b, c][i % 3] ?? a, [a, b, c][(i + 1) % 3] ?? a];
    await writer.client().call('replaceContent', { params: { id: file.id }, body: `content ${i}` });
    assert.equal(await textOf(reader.client(), file.id), `content ${i}`);
    await writer.client().call('updateNode', { params: { id: file.id }, body: { name: `f${i}.txt` } });
    assert.deepEqual(await names(reader.client(), folder.id), [`f${i}.txt`]);
  }
});
