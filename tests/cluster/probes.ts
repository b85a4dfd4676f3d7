/** What must hold between nodes at any time: tried on the nodes themselves, past the balancer. */
import assert from 'node:assert/strict';
import type { Target } from '../harness/server-process.ts';
import { tusHeaders, uploadMetadata } from '../harness/wire.ts';
import { poll } from './poll.ts';

export interface Probe {
  /** One for each node. */
  readonly nodes: readonly Target[];
  readonly random: () => number;
}

const ways = ['disabled user', 'deleted token', 'ended session', 'denied rule'] as const;
let count = 0;

/** In milliseconds. */
export interface Revocation {
  /** From the answer that took the right away until the last node has refused. */
  readonly refused: number;
  /** The same requests to the same nodes just before, when they were let through. */
  readonly before: number;
}

/** Every request begins after the answer, so each must be refused. */
export async function revocation({ nodes, random }: Probe): Promise<Revocation> {
  const way = ways[Math.floor(random() * ways.length)] ?? 'disabled user';
  const [first = fail()] = shuffled(nodes, random);
  const person = await makePerson(first, way);
  const ask = (node: Target): Promise<number> =>
    fetch(`${node.url}${person.path}`, { headers: person.headers }).then(async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    });
  const all = async (): Promise<{ statuses: number[]; ms: number }> => {
    const from = performance.now();
    const statuses = await Promise.all(nodes.map(ask));
    return { statuses, ms: performance.now() - from };
  };
  assert.deepEqual(
    (await all()).statuses,
    nodes.map(() => 200),
    `before: ${way}`,
  );
  const { ms: before } = await all(); // warm
  await person.revoke();
  const { statuses, ms: refused } = await all();
  assert.ok(
    statuses.every((status) => [401, 403, 404].includes(status)),
    `${way}: ${statuses.join(', ')}`,
  );
  return { refused, before };
}

interface Person {
  readonly path: string;
  readonly headers: Record<string, string>;
  revoke(): Promise<unknown>;
}

async function makePerson({ client, url }: Target, way: (typeof ways)[number]): Promise<Person> {
  count += 1;
  const login = `person-${count}-${Date.now()}`;
  const password = 'battery-staple-2';
  const group = await client.call('createGroup', { body: { name: login } });
  const user = await client.call('createUser', { body: { login, password, groupId: group.id } });
  if (way === 'ended session') {
    const answer = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login, password }),
    });
    const { csrfToken } = (await answer.json()) as { csrfToken: string };
    const cookie = answer.headers
      .getSetCookie()
      .map((text) => text.split(';')[0])
      .join('; ');
    const headers = { cookie, 'x-csrf-token': csrfToken };
    const revoke = (): Promise<unknown> => fetch(`${url}/api/v1/session`, { method: 'DELETE', headers });
    return { path: '/api/v1/session', headers: { cookie }, revoke };
  }
  const { secret, token } = await client.call('adminCreateToken', {
    params: { login },
    body: { kind: 'access_token', label: 'probe', scopes: ['files:write'] },
  });
  const headers = { authorization: `Bearer ${secret}` };
  const common = await client.call('lookupNode', { query: { path: '/common' } });
  if (way === 'denied rule') {
    const folder = await client.call('createFolder', { params: { id: common.id }, body: { name: login } });
    const params = { id: folder.id, role: group.roleId };
    const body = { allow: [], deny: ['read' as const] };
    return {
      path: `/api/v1/nodes/${folder.id}`,
      headers,
      revoke: () => client.call('setRule', { params, body }),
    };
  }
  const path = `/api/v1/nodes/${common.id}`;
  return {
    path,
    headers,
    revoke: () =>
      way === 'deleted token'
        ? client.call('adminRevokeToken', { params: { login, id: token.id } })
        : client.call('updateUser', { params: { id: user.id }, body: { disabled: true } }),
  };
}

/** A lock that was taken on one node holds on the others, and its token works there. */
export async function locksHoldEverywhere({ nodes, random }: Probe): Promise<void> {
  const [a = fail(), b = fail(), c = fail()] = shuffled(nodes, random);
  const path = `/dav/common/locked-${(count += 1)}-${Date.now()}`;
  const put = async (node: Target, headers: Record<string, string> = {}): Promise<number> => {
    const answer = await node.request('PUT', path, { body: 'x', headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  assert.equal(await put(a), 201);
  const body =
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>';
  // Shorter than the difference between the nodes' clocks.
  const headers = { 'content-type': 'application/xml', timeout: 'Second-100' };
  const locked = await a.request('LOCK', path, { body, headers });
  await locked.arrayBuffer();
  assert.equal(locked.status, 200);
  const token = locked.headers.get('lock-token') ?? '';
  assert.equal(await put(b), 423);
  assert.equal(await put(c, { if: `(${token})` }), 204);
  const unlocked = await b.request('UNLOCK', path, { headers: { 'lock-token': token } });
  assert.equal(unlocked.status, 204);
  assert.equal(await put(c), 204);
}

/** Each part through another node than the one before. */
export async function uploadsMoveOn({ nodes, random }: Probe): Promise<void> {
  const order = shuffled(nodes, random);
  const text = `${count++}:`.padEnd(30_000, 'y');
  const [first = fail()] = order;
  const filename = `moved-${count}-${Date.now()}`;
  const made = await first.request('POST', '/api/v1/uploads', {
    headers: {
      ...tusHeaders,
      'upload-length': String(text.length),
      'upload-metadata': uploadMetadata({ filename, path: '/common' }),
    },
  });
  assert.equal(made.status, 201);
  const { pathname } = new URL(made.headers.get('location') ?? '', first.url);
  for (let part = 0; part < 6; part += 1) {
    const node = order[(part + 1) % order.length] ?? first;
    const asked = await node.request('HEAD', pathname, { headers: tusHeaders });
    assert.equal(asked.headers.get('upload-offset'), String(part * 5_000));
    const sent = await node.request('PATCH', pathname, {
      body: text.slice(part * 5_000, (part + 1) * 5_000),
      headers: {
        ...tusHeaders,
        'upload-offset': String(part * 5_000),
        'content-type': 'application/offset+octet-stream',
      },
    });
    assert.equal(sent.status, 204, await sent.text());
  }
  for (const node of nodes) {
    const answer = await node.request('GET', `/dav/common/${filename}`);
    assert.equal(await answer.text(), text, `from ${node.url}`);
  }
}

/** @returns milliseconds until a setting that was changed on one node holds on all */
export async function settingsReachAll({ nodes, random }: Probe): Promise<number> {
  const [first = fail()] = shuffled(nodes, random);
  const value = 100 + Math.floor(random() * 10_000);
  await first.client.call('setSetting', { params: { key: 'dav.infinityLimit' }, body: { value } });
  const from = performance.now();
  await poll(
    'the setting holds everywhere',
    10_000,
    async () => {
      const values = await Promise.all(nodes.map(({ client }) => client.call('listSettings')));
      return values.every(
        ({ items }) => items.find((item) => item.key === 'dav.infinityLimit')?.value === value,
      );
    },
    10,
  );
  return performance.now() - from;
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function fail(): never {
  throw new Error('there are three nodes');
}
