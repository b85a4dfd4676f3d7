import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { AppError } from '../../kernel/errors.ts';
import type { JournalRow } from '../../services/journal/api.ts';
import { fakeServices, people, send, startTestServer, type TestServer } from '../http/testing.ts';

let rows: JournalRow[] = [];
let readable = new Set<string>();
let listeners = new Set<() => void>();
let revoked = false;
let reads = 0;
let server: TestServer;

function add(patch: Partial<JournalRow>): void {
  const seq = rows.length + 1;
  rows.push({
    id: `row-${seq}`,
    seq,
    at: seq,
    kind: 'node.created',
    actorId: null,
    nodeId: null,
    parentId: null,
    workspaceId: null,
    before: null,
    after: null,
    bytes: 0,
    files: 0,
    origin: null,
    ...patch,
  });
}
const ring = (): void => listeners.forEach((listener) => listener());

beforeEach(async () => {
  rows = [];
  readable = new Set(['a', 'b', 'root', 'folder']);
  listeners = new Set();
  revoked = false;
  reads = 0;
  server = await startTestServer(
    fakeServices({
      identity: {
        authenticate: async ({ secret }) => {
          const principal = people[secret];
          if (principal === undefined || revoked) throw new AppError('unauthenticated', 'revoked');
          return principal;
        },
      },
      journal: {
        head: async () => rows.length,
        read: async (after, limit) => {
          reads++;
          return rows.slice(after, after + limit);
        },
        onRing: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      tree: {
        locateMany: async (_context, ids) =>
          ids.filter((id) => readable.has(id)).map((id) => ({ node: { id } })) as never,
      },
      workspaces: { byId: async (id) => (id === 'w' ? ({ rootId: 'root' } as never) : null) },
    }),
  );
});
afterEach(() => server.close());

async function list(
  who: string,
  query: string,
): Promise<{
  items: { seq: number; before: unknown; after: unknown; parentId: unknown }[];
  head: number;
  more: boolean;
}> {
  const answer = await send(server.port, {
    path: `/api/v1/changes?${query}`,
    headers: { authorization: `Bearer ${who}` },
  });
  return answer.json() as never;
}

/** Opens a stream and gives the text so far. */
async function open(
  headers: Record<string, string> = {},
  query = '',
): Promise<{
  text(): string;
  until(pattern: RegExp): Promise<void>;
  ended: Promise<void>;
  response: IncomingMessage;
}> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(
      {
        port: server.port,
        host: '127.0.0.1',
        agent: false,
        path: `/api/v1/events${query}`,
        headers: { cookie: 'volvox_session=user-session', ...headers },
      },
      resolve,
    ).on('error', reject);
  });
  let text = '';
  let check = (): void => {};
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    check();
  });
  const ended = new Promise<void>((resolve) => response.on('close', resolve));
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`never came: ${pattern} in ${text}`)), 5000);
      check = () => {
        if (!pattern.test(text)) return;
        clearTimeout(timer);
        resolve();
      };
      check();
    });
  return { text: () => text, until, ended, response };
}

test('shows what may be read, and nothing of places that may not', async () => {
  add({ nodeId: 'a', after: { name: 'a' } });
  add({ nodeId: 'secret', parentId: 'root', after: { name: 'secret' } });
  add({
    nodeId: 'b',
    kind: 'node.moved',
    parentId: 'root',
    before: { parentId: 'hidden', name: 'old' },
    after: { parentId: 'root', name: 'b' },
  });
  add({
    nodeId: 'gone',
    kind: 'node.moved',
    parentId: 'hidden',
    before: { parentId: 'folder', name: 'gone' },
    after: { parentId: 'hidden', name: 'new' },
  });
  add({ nodeId: 'a', kind: 'access.changed', after: { roleId: 'r' } });
  add({ kind: 'user.created', after: { login: 'eve' } });
  add({ kind: 'node.purged', workspaceId: 'w', before: { ids: ['x'], name: 'secret name' } });
  add({ kind: 'node.purged', workspaceId: 'other', before: { ids: ['y'] } });
  const { items, head, more } = await list('user-session', 'after=0');
  assert.deepEqual(
    items.map(({ seq, before, after, parentId }) => ({ seq, before, after, parentId })),
    [
      { seq: 1, before: null, after: { name: 'a' }, parentId: null },
      { seq: 3, before: null, after: { parentId: 'root', name: 'b' }, parentId: 'root' },
      { seq: 4, before: { parentId: 'folder' }, after: null, parentId: 'folder' },
      { seq: 5, before: null, after: null, parentId: null },
      { seq: 7, before: { ids: ['x'] }, after: null, parentId: null },
    ],
  );
  assert.deepEqual([head, more], [8, false]);
  assert.ok((await list('admin-session', 'after=0')).items.some(({ seq }) => seq === 6));
});

test('pages through changes that are mostly hidden without losing one', async () => {
  for (let n = 0; n < 2_500; n++) add({ nodeId: n % 500 === 7 ? 'a' : 'secret' });
  const seen: number[] = [];
  let after = 0;
  for (;;) {
    const page = await list('user-session', `after=${after}&limit=2`);
    seen.push(...page.items.map((item) => item.seq));
    after = page.more ? (page.items.at(-1)?.seq ?? page.head) : page.head;
    if (!page.more) break;
  }
  assert.deepEqual(seen, [8, 508, 1008, 1508, 2008]);
  assert.equal(after, 2_500);
  assert.deepEqual(await list('user-session', ''), { items: [], head: 2_500, more: false });
});

test('streams from now on, and after a position without a gap', async () => {
  add({ nodeId: 'a' });
  const stream = await open();
  await stream.until(/event: ready\nid: 1\n/);
  add({ nodeId: 'a' });
  add({ nodeId: 'secret' });
  ring();
  await stream.until(/event: change\nid: 2\n[^]*\nid: 3\n\n/);
  assert.ok(!stream.text().includes('secret'));
  const late = await open({ 'last-event-id': '1' }, '?after=0');
  await late.until(/event: ready\nid: 1\n[^]*event: change\nid: 2\n/);
  assert.ok(!late.text().includes('"seq":1'));
  stream.response.destroy();
  late.response.destroy();
});

test('many streams cost one read per ring', async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => open()));
  await Promise.all(streams.map((stream) => stream.until(/ready/)));
  const before = reads;
  add({ nodeId: 'a' });
  ring();
  await Promise.all(streams.map((stream) => stream.until(/event: change\nid: 1\n/)));
  assert.ok(reads - before <= 4, `${reads - before} reads`);
  streams.forEach((stream) => stream.response.destroy());
});

test('who is further behind than is worth sending starts anew', async () => {
  for (let n = 0; n < 12_000; n++) add({ nodeId: 'a' });
  const stream = await open({}, '?after=5');
  await stream.until(/event: resync\nid: 12000\n/);
  assert.ok(!stream.text().includes('event: change'));
  stream.response.destroy();
  const future = await open({}, '?after=99999');
  await future.until(/event: resync\nid: 12000\n/);
  future.response.destroy();
});

test('ends when the session does', async () => {
  const stream = await open();
  await stream.until(/ready/);
  revoked = true;
  add({ nodeId: 'a' });
  ring();
  await stream.ended;
  assert.ok(!stream.text().includes('event: change'));
});

test('ends politely when the server drains', async () => {
  const stream = await open();
  await stream.until(/ready/);
  await server.server.drain(5_000);
  await stream.ended;
  assert.equal(stream.response.complete, true);
});
