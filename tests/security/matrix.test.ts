/** Each route of the contract against each kind of caller; ids of others, fields that nobody offered, roles that somebody would like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes, type Route } from '@volvox/api';
import { makeFolder, password, put, startPlace, basic, workspaceOf } from './support.ts';

const place = await startPlace();
const eve = await place.makePerson('eve');
const victim = await place.makePerson('victim');
const { admin } = place;
const json = { 'content-type': 'application/json' };

const file = await put(victim.client, victim.home.rootId, 'private.txt', 'first');
await victim.client.call('replaceContent', { params: { id: file.id }, body: 'second' });
const folder = await makeFolder(victim.client, victim.home.rootId, 'private');
const token = (await victim.client.call('createToken', { body: { kind: 'app_password', label: 'phone' } }))
  .token;
await place.request('POST', '/api/v1/session', {
  body: JSON.stringify({ login: 'victim', password }),
  headers: json,
});
const session = (await victim.client.call('listSessions')).items[0];
assert.ok(session);

const secretOf = async (
  scopes: ('files:read' | 'files:write' | 'account' | 'admin')[],
  login = 'eve',
  kind: 'access_token' | 'app_password' = 'access_token',
) => (await admin.call('adminCreateToken', { params: { login }, body: { kind, label: 'x', scopes } })).secret;

const all = Object.values(routes) as readonly Route[];
/** A request that the route's schema takes, as far as a matrix needs it. */
function requestOf(route: Route, ids: Record<string, string>): { target: string; init: RequestInit } {
  const target = route.path.replace(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(ids[name] ?? ids['id'] ?? ''),
  );
  const query = queries[route.id] ?? '';
  const body = bodies[route.id];
  return {
    target: `/api/v1${target}${query}`,
    init:
      body === undefined
        ? route.bodyKind === 'stream'
          ? { body: 'x' }
          : {}
        : { body: JSON.stringify(body), headers: json },
  };
}

const queries: Readonly<Record<string, string>> = {
  lookupNode: '?path=/personal',
  downloadZip: `?ids=${file.id}`,
  why: `?user=${eve.user.id}`,
  testPolicies: `?user=${eve.user.id}&node=${file.id}`,
  listActivity: `?node=${file.id}`,
  search: '?q=private',
  listChanges: '?after=0',
  adminDeleteWorkspace: '?confirm=x',
};
const policy = { name: 'x', deny: ['read'], mode: 'when', conditions: { clients: ['web'] } };
const bodies: Readonly<Record<string, unknown>> = {
  runSetup: { key: 'x', login: 'eve2', password },
  login: { login: 'nobody', password: 'wrong-pass' },
  updateMe: { displayName: 'x' },
  changePassword: { current: 'wrong-pass', next: 'whatever-9' },
  createToken: { kind: 'access_token', label: 'x', scopes: ['files:read'] },
  createUser: { login: 'made', password },
  updateUser: { admin: true },
  createGroup: { name: 'g' },
  runCheck: {},
  adminCreateToken: { kind: 'access_token', label: 'x' },
  setSetting: { value: 1 },
  createWorkspace: { slug: 'w', name: 'w' },
  updateWorkspace: { name: 'w' },
  createFolder: { name: 'x' },
  updateNode: { name: 'x' },
  copyNode: { parentId: eve.home.rootId },
  restoreNode: {},
  batchNodes: { verb: 'trash', ids: [file.id] },
  setRule: { allow: ['read'], deny: [] },
  decideInteraction: { allow: true },
  renamePasskey: { name: 'mine' },
  previewRule: { roleId: eve.user.id, allow: ['read'], deny: [] },
  createPolicy: policy,
  createShare: { roleId: eve.user.id, role: 'viewer' },
  updateShare: { role: 'viewer' },
  revokeShares: { ids: [file.id] },
  hideShare: { hidden: true },
  listSharedAmong: { ids: [file.id] },
  createCell: { name: 'x', nodeIds: [file.id] },
  updateCell: { name: 'x' },
  setCellMember: { role: 'viewer' },
  handOverCell: { userId: victim.user.id },
  addCellMounts: { nodeIds: [file.id] },
  adminAddMount: { nodeId: file.id },
  adminArchiveWorkspace: { archived: true },
  adminSetPersonalTemplate: { folderId: file.id },
  updatePolicy: policy,
};
const ids = {
  id: file.id,
  version: file.versionId ?? '',
  name: 'x',
  login: 'victim',
  role: eve.user.id,
  node: file.id,
  key: 'branding.name',
};

test('nobody gets anywhere without credentials, and bad ones are no better than none', async () => {
  const bad: Record<string, string>[] = [
    {},
    { authorization: 'Bearer vvx_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer null' },
    { authorization: 'Basic Og==' },
    { authorization: 'Basic !!!' },
    { authorization: 'Digest username="admin"' },
    { cookie: 'volvox_session=x' },
    { cookie: 'volvox_session=' },
    { authorization: `Bearer ${session.id}` },
    { authorization: `Bearer ${token.id}` },
  ];
  for (const route of all) {
    if (route.permission === 'public') continue;
    const { target, init } = requestOf(route, ids);
    for (const headers of bad) {
      const answer = await place.request(route.method, target, {
        ...init,
        headers: { ...(init.headers as object), ...headers },
      });
      await answer.body?.cancel();
      assert.equal(answer.status, 401, `${route.id} ${JSON.stringify(headers)}`);
    }
  }
  for (const method of [
    'PROPFIND',
    'GET',
    'HEAD',
    'PUT',
    'DELETE',
    'MKCOL',
    'COPY',
    'MOVE',
    'LOCK',
    'UNLOCK',
    'PROPPATCH',
  ])
    for (const headers of bad)
      assert.equal((await place.request(method, '/dav/common/x', { headers })).status, 401, method);
  for (const method of ['POST', 'HEAD', 'PATCH', 'DELETE', 'GET'])
    for (const headers of bad)
      assert.equal(
        (
          await place.request(method, `/api/v1/uploads/${file.id}`, {
            headers: { 'tus-resumable': '1.0.0', ...headers },
          })
        ).status,
        401,
        method,
      );
});

test('each permission takes exactly the scopes it names; administration takes an administrator as well', async () => {
  const needs: Readonly<Record<string, string>> = {
    self: 'account',
    admin: 'admin',
    'node:read': 'files:read',
    'node:write': 'files:write',
    'node:share': 'files:write',
    'node:manage': 'files:write',
  };
  const holders = {
    'files:read': await secretOf(['files:read']),
    'files:write': await secretOf(['files:write']),
    account: await secretOf(['account']),
    app: await secretOf(['files:write'], 'eve', 'app_password'),
  };
  for (const route of all) {
    const need = needs[route.permission];
    if (need === undefined) continue;
    const { target, init } = requestOf(route, ids);
    for (const [has, secret] of Object.entries(holders)) {
      const covers =
        has === need ||
        (need === 'files:read' && (has === 'files:write' || has === 'app')) ||
        (need === 'files:write' && has === 'app');
      if (covers) continue;
      const authorization = has === 'app' ? basic('eve', secret) : `Bearer ${secret}`;
      const answer = await place.request(route.method, target, {
        ...init,
        headers: { ...(init.headers as object), authorization },
      });
      await answer.body?.cancel();
      assert.equal(answer.status, 403, `${route.id} with ${has}`);
    }
  }
  const reading = { authorization: `Bearer ${holders['files:read']}` };
  for (const method of ['PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'PROPPATCH'])
    assert.equal((await place.request(method, '/dav/personal/x', { headers: reading })).status, 403, method);
  for (const method of ['POST', 'PATCH', 'DELETE'])
    assert.equal(
      (
        await place.request(method, `/api/v1/uploads/${file.id}`, {
          headers: { 'tus-resumable': '1.0.0', ...reading },
        })
      ).status,
      403,
      method,
    );
});

/** Refused to any credentials but a session, whatever the id is. */
const browserOnly = new Set([
  'continueInteraction',
  'decideInteraction',
  'renamePasskey',
  'removePasskey',
  'unlinkExternalAccount',
]);

test("another user's ids lead nowhere, on any route", async () => {
  const own = new Set(['public']);
  const variants = [
    ids,
    { ...ids, id: folder.id },
    { ...ids, id: victim.home.rootId },
    { ...ids, id: victim.home.id },
    { ...ids, id: session.id },
    { ...ids, id: token.id },
    { ...ids, id: victim.user.id },
  ];
  for (const route of all) {
    if (
      own.has(route.permission) ||
      !/:/.test(route.path + (queries[route.id]?.includes(file.id) ? ':' : ''))
    )
      continue;
    for (const variant of variants) {
      const { target, init } = requestOf(route, variant);
      const answer = await eve.request(route.method, target, init);
      const text = await answer.text();
      const shut = ['admin', 'directory', 'link'].includes(route.permission) || browserOnly.has(route.id);
      const expected = shut ? 403 : 404;
      assert.equal(answer.status, expected, `${route.id} ${target}: ${text.slice(0, 200)}`);
      assert.ok(!/private|second/.test(text), route.id);
    }
  }
  const batch = await eve.client.call('batchNodes', {
    body: { verb: 'trash', ids: [file.id, folder.id, victim.home.rootId] },
  });
  assert.deepEqual(
    batch.results.map((result) => result.ok),
    [false, false, false],
  );
  assert.equal(
    (await eve.client.call('search', { query: { q: 'private', owner: victim.user.id } })).items.length,
    0,
  );
  const text = await (await victim.client.call('downloadContent', { params: { id: file.id } })).text();
  assert.equal(text, 'second');
  assert.equal((await victim.client.call('listSessions')).items.length, 1);
});

test('slugs and paths lead to the own personal files only', async () => {
  for (const slug of [
    victim.home.id,
    victim.home.rootId,
    'victim',
    `personal-victim`,
    `personal%2f..%2fvictim`,
    'Personal',
    'archived-victim',
    victim.user.id,
  ]) {
    const answer = await eve.request('PROPFIND', `/dav/${slug}/`, { headers: { depth: '1' } });
    assert.ok([400, 404].includes(answer.status), `${slug}: ${answer.status}`);
  }
  const listed = await (
    await eve.request('PROPFIND', '/dav/personal/', { headers: { depth: 'infinity' } })
  ).text();
  assert.ok(!listed.includes('private'));
});

test('a fresh user sees the common files and nothing else of administration', async () => {
  assert.deepEqual(
    (await eve.client.call('listWorkspaces')).items.map((one) => one.slug),
    ['personal', 'common'],
  );
  const common = await workspaceOf(eve.client, 'common');
  for (const need of [
    `/api/v1/nodes/${common.rootId}/rules`,
    `/api/v1/nodes/${common.rootId}/why?user=${victim.user.id}`,
  ])
    assert.equal((await eve.request('GET', need)).status, 403);
  assert.equal((await eve.request('GET', `/api/v1/activity?user=${victim.user.id}`)).status, 403);
});

test('fields that no route offers are refused, and change nothing', async () => {
  const wishes: Record<string, unknown>[] = [
    { admin: true },
    { scopes: ['admin'] },
    { id: victim.user.id },
    { userId: victim.user.id },
    { disabled: false },
    { quota: null },
    { groupId: eve.user.id },
    { login: 'admin' },
    { roles: ['x'] },
    { constructor: 1 },
  ];
  const bodies: [string, string, Record<string, unknown>][] = [
    ['PATCH', '/api/v1/me', { displayName: 'x' }],
    ['POST', '/api/v1/tokens', { kind: 'access_token', label: 'x' }],
    ['POST', `/api/v1/nodes/${eve.home.rootId}/children`, { name: 'never' }],
    ['PATCH', `/api/v1/nodes/${eve.home.rootId}`, { name: 'x' }],
    ['PUT', '/api/v1/me/password', { current: password, next: 'other-pass-4' }],
    ['POST', '/api/v1/batch', { verb: 'trash', ids: [file.id] }],
  ];
  for (const [method, target, body] of bodies)
    for (const wish of wishes) {
      if (target.endsWith('/tokens') && 'scopes' in wish) continue;
      const answer = await eve.request(method, target, {
        body: JSON.stringify({ ...body, ...wish }),
        headers: json,
      });
      assert.equal(answer.status, 400, `${target} ${JSON.stringify(wish)}`);
    }
  const { user } = await eve.client.call('me');
  assert.deepEqual([user.admin, user.login, user.id], [false, 'eve', eve.user.id]);
  assert.equal((await eve.client.call('listChildren', { params: { id: eve.home.rootId } })).items.length, 0);
});

test('no credential makes a stronger one', async () => {
  const create = async (authorization: string, body: object): Promise<number> =>
    (
      await place.request('POST', '/api/v1/tokens', {
        body: JSON.stringify({ kind: 'access_token', label: 'x', ...body }),
        headers: { ...json, authorization },
      })
    ).status;
  const account = `Bearer ${await secretOf(['account'])}`;
  assert.deepEqual(
    [
      await create(account, { scopes: ['account'] }),
      await create(account, { scopes: ['files:read'] }),
      await create(account, { scopes: ['files:write'] }),
      await create(account, {}),
    ],
    [201, 403, 403, 403],
  );
  assert.equal(await create(eve.authorization, { scopes: ['admin'] }), 403);
  assert.equal(await create(eve.authorization, { scopes: [] }), 400);
  assert.equal(await create(eve.authorization, { scopes: ['root'] }), 400);
  assert.equal(await create(eve.authorization, { kind: 'app_password', scopes: ['account'] }), 400);
  const soon = Date.now() + 600_000;
  const short = await admin.call('adminCreateToken', {
    params: { login: 'eve' },
    body: { kind: 'access_token', label: 'short', scopes: ['account'], expiresAt: soon },
  });
  const made = await place.request('POST', '/api/v1/tokens', {
    body: JSON.stringify({ kind: 'access_token', label: 'long', scopes: ['account'], expiresAt: soon * 2 }),
    headers: { ...json, authorization: `Bearer ${short.secret}` },
  });
  const { token: child } = (await made.json()) as { token: { expiresAt: number } };
  assert.ok(child.expiresAt <= soon);
});

test("an administrator's token for administration makes no token that can do more than it", async () => {
  const boss = await place.makePerson('boss', { admin: true });
  const secret = await secretOf(['admin'], 'boss');
  const mint = (login: string, scopes: string[]): Promise<Response> =>
    place.request('POST', `/api/v1/admin/users/${login}/tokens`, {
      body: JSON.stringify({ kind: 'access_token', label: 'x', scopes }),
      headers: { ...json, authorization: `Bearer ${secret}` },
    });
  assert.equal((await mint('victim', ['admin'])).status, 403);
  assert.ok(boss.user.admin);
  const files = await place.request('GET', `/api/v1/nodes/${file.id}`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  assert.equal(files.status, 403);
});

test('a disabled user is out on every door at once, and a removed one too', async () => {
  for (const how of ['disabled', 'removed'] as const) {
    const gone = await place.makePerson(`gone-${how}`);
    const app = basic(`gone-${how}`, await secretOf(['files:write'], `gone-${how}`, 'app_password'));
    const login = await place.request('POST', '/api/v1/session', {
      body: JSON.stringify({ login: `gone-${how}`, password }),
      headers: json,
    });
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const upload = await gone.request('POST', '/api/v1/uploads', {
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '5', 'upload-concat': 'partial' },
    });
    if (how === 'disabled')
      await admin.call('updateUser', { params: { id: gone.user.id }, body: { disabled: true } });
    else await admin.call('deleteUser', { params: { id: gone.user.id } });
    const credentials: Record<string, string>[] = [
      { authorization: gone.authorization },
      { authorization: app },
      { cookie },
      { authorization: basic(`gone-${how}`, password) },
    ];
    for (const headers of credentials) {
      assert.equal((await place.request('GET', '/api/v1/session', { headers })).status, 401);
      if ('authorization' in headers)
        assert.equal(
          (
            await place.request('PROPFIND', '/dav/', {
              headers: { ...headers, depth: '0' },
            })
          ).status,
          401,
        );
      const tus = await place.request('HEAD', upload.headers.get('location') ?? '', {
        headers: { ...headers, 'tus-resumable': '1.0.0' },
      });
      assert.equal(tus.status, 401);
    }
    const again = await place.request('POST', '/api/v1/session', {
      body: JSON.stringify({ login: `gone-${how}`, password }),
      headers: json,
    });
    assert.equal(again.status, 401);
  }
});

test("locks: others' tokens neither open nor end a lock, and errors do not tell them", async () => {
  const common = await workspaceOf(eve.client, 'common');
  await put(eve.client, common.rootId, 'locked.txt', 'x');
  const body =
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>';
  const lock = await eve.request('LOCK', '/dav/common/locked.txt', { body, headers: { depth: '0' } });
  const told = lock.headers.get('lock-token') ?? '';
  assert.match(told, /^<urn:uuid:/);
  for (const [method, headers] of [
    ['PUT', { if: `(${told})` }],
    ['DELETE', { if: `(${told})` }],
    ['UNLOCK', { 'lock-token': told }],
    ['LOCK', { if: `(${told})` }],
    ['PROPPATCH', { if: `(${told})` }],
  ] as const) {
    const answer = await victim.request(method, '/dav/common/locked.txt', {
      headers,
      ...(method === 'PUT'
        ? { body: 'y' }
        : method === 'PROPPATCH'
          ? {
              body: '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x"/></D:prop></D:set></D:propertyupdate>',
            }
          : {}),
    });
    assert.ok([403, 409, 412, 423].includes(answer.status), `${method}: ${answer.status}`);
    assert.ok(!(await answer.text()).includes('urn:uuid:'), method);
  }
  const still = await eve.request('PUT', '/dav/common/locked.txt', {
    body: 'mine',
    headers: { if: `(${told})` },
  });
  assert.equal(still.status, 204);
});
