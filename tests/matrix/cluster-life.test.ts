/** What is decided on one node holds on the others: settings, accounts, sessions, rules, log-in attempts, duties. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import type { PermissionName } from '@volvox/api';
import { measure, startThreeNodes } from './three-nodes.ts';
import { logIn } from '../acceptance/browser-session.ts';
import {
  asAdmin,
  asUser,
  makeTestFolder,
  makeUser,
  refused,
  spawnVolvox,
  upload,
  userPassword,
  workspaceOf,
  type Server,
} from '../acceptance/harness.ts';
import { byHand } from '../../packages/server/src/stores/clients/etcd/testing.ts';

const { a, b, c, environment } = await startThreeNodes();
const session = { kind: 'session' } as const;

async function setting(on: Server, key: string): Promise<unknown> {
  const { items } = await on.client().call('listSettings');
  return items.find((item) => item.key === key)?.value;
}

async function set(on: Server, key: string, value: unknown): Promise<void> {
  await on.client().call('setSetting', { params: { key }, body: { value } });
}

async function everywhere(check: (node: Server) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all([a, b, c].map(check))).every(Boolean);
}

test('a setting changed on one node holds on the others, without a restart', async (t) => {
  const { name } = await makeTestFolder(a.client());
  const listAll = async (): Promise<number> => {
    const answer = await b.fetch('PROPFIND', `/dav/common/${name}/`, { headers: { depth: 'infinity' } });
    await answer.text();
    return answer.status;
  };
  assert.equal(await listAll(), 207);
  await set(a, 'dav.infinityLimit', 0);
  await measure(t, 'dav.infinityLimit refuses on b', async () => (await listAll()) === 403, 5_000);
  await set(b, 'trash.keepDays', 7);
  await measure(
    t,
    'trash.keepDays is seen on c',
    async () => (await setting(c, 'trash.keepDays')) === 7,
    5_000,
  );
  await set(c, 'personal.defaultQuotaMiB', 3);
  const key = 'personal.defaultQuotaMiB';
  await measure(t, 'the default quota is seen on a', async () => (await setting(a, key)) === 3, 5_000);
  assert.equal((await makeUser(a, 'limited')).quota, 3 * 2 ** 20);
  for (const changed of ['dav.infinityLimit', 'trash.keepDays', key])
    await c.client().call('unsetSetting', { params: { key: changed } });
  await measure(t, 'defaults are back on b', async () => (await listAll()) === 207, 5_000);
});

test('unknown and damaged keys in etcd are named in the log of every node; the last good value stays', async () => {
  const [, host = '', prefix = ''] =
    /^etcd:\/\/([^/]+)\/(.*)$/.exec(environment['VOLVOX_CONFIG'] ?? '') ?? [];
  const etcd = byHand(host);
  const put = (key: string, text: string) => etcd.put(`${prefix}/config/values/settings/${key}`, text);
  await set(a, 'trash.keepDays', 11);
  await put('trash.keepDays', '"soon"');
  await put('logs.keepDays', '{damaged');
  await put('no.such.setting', '1');
  for (const name of ['trash.keepDays', 'logs.keepDays', 'no.such.setting'])
    await untilTrue(`${name} is named`, () =>
      [a, b, c].every((node) => warnings(node).some((line) => line.includes(name))),
    );
  for (const node of [a, b, c]) {
    assert.equal(await setting(node, 'trash.keepDays'), 11);
    assert.equal(await setting(node, 'logs.keepDays'), 14);
  }
  // Mended as any setting is changed.
  await set(b, 'trash.keepDays', 12);
  await set(b, 'logs.keepDays', 15);
  const mended = async (node: Server): Promise<boolean> =>
    (await setting(node, 'trash.keepDays')) === 12 && (await setting(node, 'logs.keepDays')) === 15;
  await untilTrue('the mended values hold', () => everywhere(mended));
  await etcd.remove(`${prefix}/config/values/settings/no.such.setting`);
});

function warnings(node: Server): readonly string[] {
  return node
    .output()
    .split('\n')
    .filter((line) => /"level":"?(warn|error|40|50)|\b(WARN|ERROR)\b/i.test(line));
}

async function untilTrue(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await holds()); await new Promise((next) => setTimeout(next, 20)))
    assert.ok(Date.now() < end, `not within 15 s: ${what}`);
}

test('every node and the command line tell of all nodes, stores and duties with their runner', async () => {
  await b.client().call('runJob', { params: { name: 'uploads.expire' } });
  assert.match(await volvox('job', 'run', 'locks.expire'), /locks\.expire: done/);
  const text = await volvox('--json', 'status');
  type Status = Awaited<ReturnType<typeof status>>;
  const status = (on: Server) => on.client().call('status');
  const views: Status[] = [...(await Promise.all([a, b, c].map(status))), JSON.parse(text) as Status];
  for (const { nodes, stores, jobs, followers } of views) {
    assert.deepEqual(
      nodes.map((node) => [node.name, node.url, node.state]).sort(),
      [a, b, c].map((node, i) => [['a', 'b', 'c'][i], node.url, 'ready']),
    );
    assert.deepEqual(
      stores.map((store) => [store.ok, store.error]),
      Array.from({ length: 8 }, () => [true, null]),
    );
    const runnerOf = (name: string) => jobs.find((job) => job.name === name)?.lastRun?.node;
    assert.deepEqual([runnerOf('uploads.expire'), runnerOf('locks.expire')], ['b', 'command']);
    assert.deepEqual(followers.map((follower) => follower.name).sort(), [
      'activity',
      'audit',
      'collaboration',
      'search',
      'sharing',
    ]);
  }
  assert.ok(!text.includes('only-on-loopback'), 'no secret of a store shows');
});

/** A command on any machine that knows the stores. */
async function volvox(...args: readonly string[]): Promise<string> {
  const env = { ...environment, VOLVOX_NODE_NAME: 'command' };
  const child = spawnVolvox(args, path.dirname(environment['VOLVOX_DATA'] ?? ''), env);
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, text);
  return text;
}

test('a session ended on one node is refused on the others at once', async () => {
  await makeUser(a, 'sessions');
  const { client, cookie, me } = await logIn(a.url, 'sessions');
  const onB = async (): Promise<number> =>
    (await b.fetch('GET', '/api/v1/workspaces', { as: session, headers: { cookie } })).status;
  assert.equal(await onB(), 200);
  const other = await logIn(c.url, 'sessions');
  assert.equal((await other.client.call('listSessions')).items.length, 2);
  await client.call('logout');
  assert.equal(await onB(), 401);
  const again = await logIn(b.url, 'sessions');
  await other.client.call('revokeSession', { params: { id: again.me.sessionId ?? '' } });
  await refused('unauthenticated', again.client.call('me'));
  assert.notEqual(me.sessionId, again.me.sessionId);
});

test('a user disabled on one node is out on the others: password, token, WebDAV', async () => {
  const user = await makeUser(a, 'leaver');
  const { secret } = await b
    .client(asUser('leaver'))
    .call('createToken', { body: { kind: 'access_token', label: 't' } });
  const ways = [asUser('leaver'), { kind: 'bearer', secret } as const];
  const answers = () =>
    Promise.all(
      [b, c].flatMap((node) =>
        ways.flatMap((as) => [
          node.fetch('GET', '/api/v1/workspaces', { as }).then(({ status }) => status),
          node
            .fetch('PROPFIND', '/dav/common/', { as, headers: { depth: '0' } })
            .then(({ status }) => status),
        ]),
      ),
    );
  assert.deepEqual([...new Set(await answers())].sort(), [200, 207]);
  await a.client().call('updateUser', { params: { id: user.id }, body: { disabled: true } });
  assert.deepEqual([...new Set(await answers())], [401]);
});

test('a rule changed on one node decides on the others for the next request', async () => {
  const group = await a.client().call('createGroup', { body: { name: 'Ruled' } });
  await makeUser(a, 'ruled', { groupId: group.id });
  const folder = await makeTestFolder(a.client());
  const file = await upload(a.client(), folder.id, 'f', 'x');
  const read = async (node: Server): Promise<number> => {
    const answer = await node.fetch('GET', `/api/v1/nodes/${file.id}/content`, { as: asUser('ruled') });
    await answer.arrayBuffer();
    return answer.status;
  };
  const rule = (node: Server, deny: PermissionName[]) =>
    node.client().call('setRule', {
      params: { id: folder.id, role: group.roleId },
      body: { allow: deny.length > 0 ? [] : ['read'], deny },
    });
  for (let round = 0; round < 5; round++) {
    for (const node of [a, b, c]) assert.equal(await read(node), 200);
    await rule(a, ['read']);
    assert.deepEqual(await Promise.all([b, c, a].map(read)), [404, 404, 404]);
    await rule(b, []);
    assert.deepEqual(await Promise.all([c, a, b].map(read)), [200, 200, 200]);
  }
});

test('wrong passwords are counted together, whichever node they are tried on', async () => {
  await makeUser(a, 'guessed');
  await set(a, 'login.maxFailures', 3);
  await untilTrue('the limit is known', () =>
    everywhere(async (node) => (await setting(node, 'login.maxFailures')) === 3),
  );
  const attempt = async (node: Server, password: string): Promise<number> =>
    (
      await node.fetch('POST', '/api/v1/session', {
        as: session,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login: 'guessed', password }),
      })
    ).status;
  for (const node of [a, b, c]) assert.equal(await attempt(node, 'wrong-password-1'), 401);
  for (const node of [b, a, c]) assert.equal(await attempt(node, userPassword), 429);
  const { items } = await b.client().call('listUsers', { query: { q: 'guessed' } });
  await c.client().call('updateUser', { params: { id: items[0]?.id ?? '' }, body: { unlock: true } });
  assert.equal(await attempt(a, userPassword), 201);
  await a.client().call('unsetSetting', { params: { key: 'login.maxFailures' } });
});

test('a duty asked for on every node at once runs once', async () => {
  const asked = await Promise.all(
    [a, b, c].map((node) =>
      node
        .client()
        .call('runJob', { params: { name: 'trash.expire' } })
        .then((run) => run.state)
        .catch((error: { code: string }) => error.code),
    ),
  );
  assert.ok(asked.includes('done'), asked.join());
  const { items } = await c.client().call('listRuns', { query: { job: 'trash.expire' } });
  assert.equal(items.length, asked.filter((answer) => answer === 'done').length);
});

test('everybody sees the workspaces that were made on any node', async () => {
  await b.client(asAdmin).call('createWorkspace', { body: { slug: 'made-on-b', name: 'Made on b' } });
  for (const node of [a, c]) assert.ok(await workspaceOf(node.client(), 'made-on-b'));
});
