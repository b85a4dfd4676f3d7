/** App passwords and access tokens at every door: REST, WebDAV and tus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope, Token } from '@volvox/api';
import type { Auth } from '@volvox/client';
import { logIn } from './browser-session.ts';
import { asUser, eventually, makeUser, none, refused, startServer, workspaceOf } from './harness.ts';

const server = await startServer();
await makeUser(server, 'anna');
const anna = server.client(asUser('anna'));
const common = await workspaceOf(anna, 'common');

/** What each door answers: reading and writing by REST and WebDAV, creating by tus. */
async function doors(auth: Auth): Promise<Record<string, number>> {
  const name = `f${Math.random()}`;
  const metadata = `filename ${Buffer.from(name).toString('base64')},parentId ${Buffer.from(common.rootId).toString('base64')}`;
  const [restRead, restWrite, davRead, davWrite, tus] = await Promise.all([
    server.fetch('GET', `/api/v1/nodes/${common.rootId}/children`, { as: auth }),
    server.fetch('PUT', `/api/v1/nodes/${common.rootId}/children/${name}-rest/content`, {
      as: auth,
      body: 'x',
    }),
    server.fetch('PROPFIND', '/dav/common/', { as: auth, headers: { depth: '1' } }),
    server.fetch('PUT', `/dav/common/${name}-dav`, { as: auth, body: 'x' }),
    server.fetch('POST', '/api/v1/uploads', {
      as: auth,
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '1', 'upload-metadata': metadata },
    }),
  ]);
  const results = { restRead, restWrite, davRead, davWrite, tus };
  return Object.fromEntries(Object.entries(results).map(([door, answer]) => [door, answer.status]));
}

const open = { restRead: 200, restWrite: 201, davRead: 207, davWrite: 201, tus: 201 };
const readOnly = { restRead: 200, restWrite: 403, davRead: 207, davWrite: 403, tus: 403 };
const shut = { restRead: 401, restWrite: 401, davRead: 401, davWrite: 401, tus: 401 };
const useless = { restRead: 403, restWrite: 403, davRead: 403, davWrite: 403, tus: 403 };

async function makeToken(
  scopes: readonly Scope[],
  expiresAt: number | null = null,
): Promise<{ token: Token; auth: Auth }> {
  const { token, secret } = await anna.call('createToken', {
    body: { kind: 'access_token', label: scopes.join(), scopes: [...scopes], expiresAt },
  });
  return { token, auth: { kind: 'bearer', secret } };
}

test('an access token opens what its scopes say, on every door', async () => {
  assert.deepEqual(await doors((await makeToken(['files:write'])).auth), open);
  assert.deepEqual(await doors((await makeToken(['files:read'])).auth), readOnly);
  assert.deepEqual(await doors((await makeToken(['account'])).auth), useless);
});

test('an app password opens files by Basic, but neither the account nor the administration', async () => {
  const { token, secret } = await anna.call('createToken', {
    body: { kind: 'app_password', label: 'phone' },
  });
  const auth = asUser('anna', secret);
  assert.deepEqual(await doors(auth), open);
  await refused('forbidden', server.client(auth).call('listTokens'));
  await refused('forbidden', server.client(auth).call('listUsers'));
  await refused('unauthenticated', server.client(asUser('admin', secret)).call('listWorkspaces'));
  await anna.call('revokeToken', { params: { id: token.id } });
  assert.deepEqual(await doors(auth), shut);
});

test('a revoked or expired token is void at once, on every door', async () => {
  const { token, auth } = await makeToken(['files:write']);
  assert.deepEqual(await doors(auth), open);
  await anna.call('revokeToken', { params: { id: token.id } });
  assert.deepEqual(await doors(auth), shut);
  await refused('not_found', anna.call('revokeToken', { params: { id: token.id } }));
  const brief = await makeToken(['files:write'], Date.now() + 1_500);
  assert.deepEqual(await doors(brief.auth), open);
  await eventually('the token expires', async () => (await doors(brief.auth))['davRead'] === 401);
  assert.deepEqual(await doors(brief.auth), shut);
});

test('lists tokens without their secrets, and when they were last used', async () => {
  const { token, auth } = await makeToken(['files:read']);
  assert.equal(token.lastUsedAt, null);
  await server.client(auth).call('listWorkspaces');
  const found = await eventually('the use is noted', async () => {
    const { items } = await anna.call('listTokens');
    return items.find((t) => t.id === token.id && t.lastUsedAt !== null);
  });
  assert.ok(!JSON.stringify(found).includes(auth.kind === 'bearer' ? auth.secret : '?'));
});

test('nobody gives away more than they have', async () => {
  const { auth } = await makeToken(['files:read', 'account']);
  const body = { kind: 'access_token', label: 'more', scopes: ['files:write'] } as const;
  await refused(
    'forbidden',
    server.client(auth).call('createToken', { body: { ...body, scopes: ['files:write'] } }),
  );
  await refused('forbidden', anna.call('createToken', { body: { ...body, scopes: ['admin'] } }));
  await refused('invalid_input', anna.call('createToken', { body: { ...body, scopes: [], expiresAt: 1 } }));
  await refused(
    'invalid_input',
    anna.call('createToken', { body: { kind: 'access_token', label: 'past', expiresAt: 1 } }),
  );
});

test('a token in an address is refused, so that it ends up in no log', async () => {
  const { auth } = await makeToken(['files:read']);
  const secret = auth.kind === 'bearer' ? auth.secret : '';
  const answer = await server.fetch('GET', `/api/v1/workspaces?access_token=${secret}`, {
    as: { kind: 'session' },
  });
  assert.equal(answer.status, 400);
});

test('an administrator handles the tokens of a user, and nobody else does', async () => {
  const administrator = server.client();
  const { token, secret } = await administrator.call('adminCreateToken', {
    params: { login: 'anna' },
    body: { kind: 'access_token', label: 'made for her', scopes: ['files:read'] },
  });
  assert.deepEqual(await doors({ kind: 'bearer', secret }), readOnly);
  const { items } = await administrator.call('adminListTokens', { params: { login: 'anna' } });
  assert.ok(items.some((t) => t.id === token.id));
  await administrator.call('adminRevokeToken', { params: { login: 'anna', id: token.id } });
  assert.deepEqual(await doors({ kind: 'bearer', secret }), shut);
  await refused('not_found', administrator.call('adminListTokens', { params: { login: 'nobody' } }));
  await refused('not_found', administrator.call('adminRevokeToken', { params: { login: 'anna', id: none } }));
  const browser = await logIn(server.url, 'anna');
  await refused('forbidden', browser.client.call('adminListTokens', { params: { login: 'admin' } }));
});
