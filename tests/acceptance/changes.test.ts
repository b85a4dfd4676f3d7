/** The change feed: as a list and as server-sent events, without gaps and only what may be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '@volvox/api';
import type { Client, LiveEvent } from '@volvox/client';
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
const annaUser = await makeUser(server, 'anna');
const anna = server.client(asUser('anna'));

async function headOf(of: Client): Promise<number> {
  return (await of.call('listChanges')).head;
}

async function changesAfter(of: Client, position: number): Promise<Change[]> {
  const all: Change[] = [];
  let after = position;
  for (;;) {
    const { items, head, more } = await of.call('listChanges', { query: { after, limit: 7 } });
    all.push(...items);
    if (!more) return all;
    after = items.at(-1)?.seq ?? head;
  }
}

/** Reads until `count` changes have come. */
async function take(of: Client, count: number, after: number): Promise<Change[]> {
  const taken: Change[] = [];
  const stop = new AbortController();
  for await (const event of of.events({
    after,
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]),
  })) {
    if (event.kind === 'change') taken.push(event.change);
    if (taken.length >= count) break;
  }
  stop.abort();
  return taken;
}

test('each change is listed once, in order, with what it was', async () => {
  const from = await headOf(client);
  const folder = await makeTestFolder(client);
  const file = await upload(client, folder.id, 'a.txt', 'one');
  await client.call('replaceContent', { params: { id: file.id }, body: 'two' });
  await client.call('updateNode', { params: { id: file.id }, body: { name: 'b.txt' } });
  await client.call('deleteNode', { params: { id: file.id } });
  await client.call('restoreNode', { params: { id: file.id }, body: {} });
  const changes = await changesAfter(client, from);
  assert.deepEqual(
    changes.map((change) => [change.kind, change.nodeId]),
    [
      ['node.created', folder.id],
      ['node.created', file.id],
      ['node.updated', file.id],
      ['node.moved', file.id],
      ['node.trashed', file.id],
      ['node.restored', file.id],
    ],
  );
  const seqs = changes.map((change) => change.seq);
  assert.deepEqual(
    seqs,
    [...new Set(seqs)].sort((a, b) => a - b),
  );
  await client.call('deleteNode', { params: { id: file.id }, query: { permanent: true } });
  const last = (await changesAfter(client, from)).at(-1);
  assert.deepEqual([last?.kind, last?.before], ['node.purged', { ids: [file.id] }]);
});

test('two clients see the same changes while they happen', async () => {
  const from = await headOf(client);
  const both = Promise.all([take(client, 20, from), take(anna, 20, from)]);
  const folder = await makeTestFolder(client);
  await Promise.all(Array.from({ length: 19 }, (_, i) => upload(anna, folder.id, `f${i}`, 'x')));
  const [hers, mine] = await both;
  assert.deepEqual(
    hers.map((change) => change.seq),
    mine.map((change) => change.seq),
  );
});

test('a stream that was cut goes on after Last-Event-ID without a gap', async () => {
  const from = await headOf(client);
  const folder = await makeTestFolder(client);
  const first = await take(client, 1, from);
  for (let i = 0; i < 5; i++) await upload(client, folder.id, `f${i}`, 'x');
  const answer = await server.fetch('GET', '/api/v1/events', {
    headers: { 'last-event-id': String(first[0]?.seq) },
    signal: AbortSignal.timeout(30_000),
  });
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  const ids: number[] = [];
  let text = '';
  for await (const piece of answer.body ?? []) {
    text += Buffer.from(piece).toString();
    ids.splice(
      0,
      Infinity,
      ...[...text.matchAll(/event: change\nid: (\d+)\n/g)].map((match) => Number(match[1])),
    );
    if (ids.length >= 5) break;
  }
  assert.deepEqual(
    ids,
    (await changesAfter(client, first[0]?.seq ?? 0)).map((change) => change.seq),
  );
});

test('nobody hears of what they may not read', async () => {
  const from = await headOf(client);
  const personal = await workspaceOf(client, 'personal');
  const secret = await upload(client, personal.rootId, 'secret plan.txt', 'x');
  const folder = await makeTestFolder(client);
  const heard = await take(anna, 1, from);
  assert.equal(heard[0]?.nodeId, folder.id);
  assert.ok(!JSON.stringify(await changesAfter(anna, from)).includes(secret.id));
  assert.ok((await changesAfter(client, from)).some((change) => change.nodeId === secret.id));
});

test('a stream ends when its credentials are taken away', async () => {
  const events: LiveEvent[] = [];
  let connected = false;
  const ended = (async () => {
    for await (const event of anna.events({
      signal: AbortSignal.timeout(30_000),
      onState: (state) => (connected ||= state),
    }))
      events.push(event);
  })();
  await eventually('the stream is open', async () => connected);
  await client.call('updateUser', { params: { id: annaUser.id }, body: { disabled: true } });
  await makeTestFolder(client);
  await assert.rejects(ended, { code: 'unauthenticated' });
});

test('refuses positions that are none', async () => {
  const answer = await server.fetch('GET', '/api/v1/changes?after=-1');
  assert.equal(answer.status, 400);
  await refused('invalid_input', client.call('listChanges', { query: { after: 0, limit: 0 } }));
  const events = await server.fetch('GET', '/api/v1/events?after=x');
  assert.equal(events.status, 400);
});
