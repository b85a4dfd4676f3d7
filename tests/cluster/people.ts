/**
 * People and links between processes, past the balancer: downloads counted down from all nodes at once, and accounts that end. Every
 * request that is refused here began after the answer, or the time, that ends the account.
 */
import assert from 'node:assert/strict';
import type { Target } from '../harness/server-process.ts';
import { pause, poll } from './poll.ts';
import { keysOf, sessionOf, statusesOf, watch, type Watch } from './accounts.ts';
import { HalfUpload } from './half-upload.ts';

const password = 'battery-staple-2';
const endsWithinMs = 30_000;
let count = 0;

export async function peopleHold(nodes: readonly Target[], folderId: string): Promise<void> {
  await linksCountDown(nodes, folderId);
  await disabledIsOut(nodes);
  await guestEnds(nodes, folderId);
  await lockOutCounts(nodes);
}

/** What visitors ask for; each from an address of its own, since going on with one's own download is not counted again. */
const kinds: Readonly<Record<string, (id: string) => { path: string; range?: string; status: number }>> = {
  whole: (id) => ({ path: `nodes/${id}/content?download=true`, status: 200 }),
  zip: (id) => ({ path: `zip?ids=${id}`, status: 200 }),
  'first bytes': (id) => ({ path: `nodes/${id}/content`, range: 'bytes=0-99', status: 206 }),
  'last bytes': (id) => ({ path: `nodes/${id}/content`, range: 'bytes=900-', status: 206 }),
};

/** Of more downloads than a link allows, begun on all nodes at once, exactly as many succeed. */
async function linksCountDown(nodes: readonly Target[], folderId: string): Promise<void> {
  const [first = fail()] = nodes;
  const { client } = first;
  const params = { id: folderId, name: `counted-${name()}` };
  const file = await client.call('uploadFile', { params, body: 'x'.repeat(1_000) });
  const names = Object.keys(kinds);
  for (const [round, wanted] of [...names.map((kind) => [kind]), names, names].entries()) {
    const maxDownloads = 5 + round;
    const link = await client.call('createLink', { body: { roots: [file.id], maxDownloads } });
    const asked = nodes.flatMap((node, at) =>
      Array.from({ length: 8 }, (_unused, i) => ({ node, kind: wanted[i % wanted.length] ?? '', at, i })),
    );
    const outcomes = await Promise.all(
      asked.map(async ({ node, kind, at, i }) => {
        const { path, range, status } = kinds[kind]?.(file.id) ?? fail();
        const headers = { 'x-forwarded-for': `198.51.${round}.${at * 100 + i}`, ...(range && { range }) };
        const answer = await fetch(`${node.url}/s/${link.token}/api/v1/${path}`, { headers });
        const bytes = (await answer.arrayBuffer()).byteLength;
        assert.ok(
          answer.status === 410 || (answer.status === status && bytes > 0),
          `${kind}: ${answer.status}`,
        );
        return answer.status;
      }),
    );
    const refused = outcomes.filter((status) => status === 410).length;
    assert.equal(outcomes.length - refused, maxDownloads, `${wanted.join(', ')}: ${outcomes.join(', ')}`);
    for (const node of nodes) {
      const after = await node.client.call('getLink', { params: { id: link.id } });
      assert.deepEqual([after.downloads, after.state], [maxDownloads, 'exhausted'], wanted.join(', '));
    }
    const { days } = await client.call('linkStatistics', { params: { id: link.id } });
    assert.equal(
      days.reduce((sum, day) => sum + day.downloads, 0),
      maxDownloads,
    );
  }
}

/** Disabled on one node: every key is refused by each, live updates end, and no upload goes on. */
async function disabledIsOut(nodes: readonly Target[]): Promise<void> {
  const [first = fail(), second = fail()] = nodes;
  const login = name();
  const user = await first.client.call('createUser', { body: { login, password } });
  const keys = await keysOf(nodes, { login, password });
  assert.deepEqual(unlike(await statusesOf(nodes, keys), 200), [], 'before');
  const watches = await Promise.all(nodes.map((node, i) => watch(node, keys[i % keys.length] ?? fail())));
  const [broken, held] = await Promise.all(
    [first, second].map((node) => HalfUpload.begin(node, keys[0] ?? fail(), `${login}.txt`)),
  );
  await held?.hold(second);
  await first.client.call('updateUser', { params: { id: user.id }, body: { disabled: true } });
  assert.deepEqual(unlike(await statusesOf(nodes, keys), 401), [], 'after');
  for (const node of nodes)
    assert.deepEqual([await broken?.goOn(node), await signIn(node, login)], [401, 401]);
  assert.notEqual(await held?.release(), 204, 'what was under way does not become a file');
  await ended(watches);
  await first.client.call('updateUser', { params: { id: user.id }, body: { disabled: false } });
  const app = keys.find(({ kind }) => kind === 'password') ?? fail();
  const answer = await fetch(`${second.url}/dav/personal/${login}.txt`, { headers: app.headers });
  await answer.arrayBuffer();
  assert.equal(answer.status, 404, 'neither upload became a file');
}

/** By the clock alone: let in again by another end, the same keys work, so nothing had taken them away. */
async function guestEnds(nodes: readonly Target[], folderId: string): Promise<void> {
  const [first = fail()] = nodes;
  const { client } = first;
  const invited = await client.call('inviteGuest', {
    body: { email: `${name()}@example.org`, expiresAt: null },
  });
  const invitation = invited.path?.split('#')[1] ?? fail();
  const { login } = await client.call('acceptInvitation', { body: { invitation, password } });
  const keys = await keysOf(nodes, { login, password });
  const watches = await Promise.all(nodes.map((node, i) => watch(node, keys[i % keys.length] ?? fail())));
  const params = { id: invited.user.id };
  const expiresAt = Date.now() + 5_000;
  await client.call('updateGuest', { params, body: { expiresAt } });
  const before = await statusesOf(nodes, keys);
  // On a machine that stood still the end may have come meanwhile.
  if (Date.now() < expiresAt) assert.deepEqual(unlike(before, 200), [], 'before the end');
  await pause(expiresAt + 1_000 - Date.now());
  const since = Date.now();
  assert.deepEqual(unlike(await statusesOf(nodes, keys), 401), [], 'after the end');
  for (const node of nodes) assert.equal(await signIn(node, login), 401);
  const { items } = await client.call('listRuns', { query: { job: 'identity.expire' } });
  assert.ok(
    items.every(({ startedAt }) => startedAt < expiresAt || startedAt > since),
    'no duty ran between the end and the refusals',
  );
  // Whatever happens wakes live updates; without it they would end with the next heartbeat.
  await client.call('createFolder', { params: { id: folderId }, body: { name: name() } });
  await ended(watches);
  await client.call('updateGuest', { params, body: { expiresAt: Date.now() + 3_600_000 } });
  assert.deepEqual(unlike(await statusesOf(nodes, keys), 200), [], 'with another end');
}

/** Wrong passwords on one node shut the login for that address on the others, whoever lifts that lifts it everywhere. */
async function lockOutCounts(nodes: readonly Target[]): Promise<void> {
  const [first = fail(), , last = fail()] = nodes;
  const login = name();
  const user = await first.client.call('createUser', { body: { login, password } });
  const { items } = await first.client.call('listSettings');
  const limit = Number(items.find(({ key }) => key === 'login.maxFailures')?.value);
  assert.ok(limit > 0);
  const from = '203.0.113.9';
  for (let i = 1; i < limit; i += 1) assert.equal(await signIn(first, login, `wrong-${i}`, from), 401);
  assert.equal(await signIn(last, login, 'wrong-0', from), 401, 'the last one, elsewhere');
  for (const node of nodes) {
    assert.equal(await signIn(node, login, password, from), 429, `${node.url}: the right one, too late`);
    const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
    const headers = { authorization, 'x-forwarded-for': from };
    const answer = await fetch(`${node.url}/dav/personal/`, { method: 'PROPFIND', headers });
    await answer.arrayBuffer();
    assert.equal(answer.status, 429, `${node.url}: WebDAV`);
    assert.equal(await signIn(node, login, password, '203.0.113.200'), 201, 'from another address');
  }
  await last.client.call('updateUser', { params: { id: user.id }, body: { unlock: true } });
  for (const node of nodes) assert.equal(await signIn(node, login, password, from), 201, 'unlocked');
}

async function signIn(node: Target, login: string, secret = password, address?: string): Promise<number> {
  return (await sessionOf(node, { login, password: secret }, address)).status;
}

async function ended(watches: readonly Watch[]): Promise<void> {
  await poll('live updates have ended', endsWithinMs, () => watches.every(({ over }) => over));
}

function unlike(found: Readonly<Record<string, number>>, wanted: number): string[] {
  return Object.entries(found).flatMap(([what, status]) => (status === wanted ? [] : [`${what}: ${status}`]));
}

function name(): string {
  return `people-${(count += 1)}-${Date.now().toString(36)}`;
}

function fail(): never {
  throw new Error('what must be there is not');
}
