import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Scope } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';
import { code } from '../../testing/code.ts';

let cluster: TestCluster;
let node: TestNode;
let admin: Context;
let ann: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  await node.identity.createUser(admin, { login: 'ann', password: 'password-1' });
  ann = contextOf((await node.identity.login('ann', 'password-1', client, false)).principal);
});
afterEach(() => cluster.close());

async function bearer(
  context: Context,
  scopes: readonly Scope[],
  expiresAt: number | null = null,
): Promise<Context> {
  const { secret } = await node.identity.createToken(context, {
    kind: 'access_token',
    label: 't',
    scopes,
    expiresAt,
  });
  return contextOf(await node.identity.authenticate({ kind: 'bearer', secret }, client));
}

test('secrets have their prefix, 192 random bits, and are shown once', async () => {
  const pat = await node.identity.createToken(ann, { kind: 'access_token', label: ' my script ' });
  const app = await node.identity.createToken(ann, { kind: 'app_password', label: 'phone' });
  assert.match(pat.secret, /^vvx_pat_[A-Za-z0-9_-]{32}$/);
  assert.match(app.secret, /^vvx_app_[A-Za-z0-9_-]{32}$/);
  const listed = await node.identity.tokens(ann);
  assert.deepEqual(listed.map((token) => token.label).sort(), ['my script', 'phone']);
  assert.ok(!JSON.stringify(listed).includes(pat.secret.slice(8)));
});

test('app passwords cover files and nothing else, also those of admins', async () => {
  const { token, secret } = await node.identity.createToken(admin, { kind: 'app_password', label: 'a' });
  assert.deepEqual(token.scopes, ['files:read', 'files:write']);
  const app = contextOf(await node.identity.authenticate({ kind: 'basic', login: 'root', secret }, client));
  assert.deepEqual([app.principal.admin, app.principal.scopes], [false, ['files:read', 'files:write']]);
  await assert.rejects(
    node.identity.createUser(app, { login: 'x', password: 'password-1' }),
    code('forbidden'),
  );
  await assert.rejects(node.identity.users(app, { limit: 1 }), code('forbidden'));
  await assert.rejects(node.workspaces.create(app, { slug: 'x', name: 'x' }), code('forbidden'));
  const wide = { kind: 'app_password', label: 'a', scopes: ['files:write', 'account'] } as const;
  await assert.rejects(node.identity.createToken(admin, wide), code('invalid_input'));
});

test('a token has at most the scopes of whoever makes it', async () => {
  await assert.rejects(bearer(ann, ['admin']), code('forbidden'));
  const narrow = await bearer(ann, ['account', 'files:read']);
  await assert.rejects(bearer(narrow, ['files:write']), code('forbidden'));
  await assert.rejects(
    node.identity.createToken(narrow, { kind: 'app_password', label: 'a' }),
    code('forbidden'),
  );
  assert.deepEqual((await bearer(narrow, ['files:read'])).principal.scopes, ['files:read']);
});

test('a token without the account scope makes no tokens', async () => {
  const files = await bearer(ann, ['files:write']);
  await assert.rejects(bearer(files, ['files:read']), code('forbidden'));
});

test('files:write brings files:read; unknown and no scopes are refused', async () => {
  assert.deepEqual((await bearer(ann, ['files:write'])).principal.scopes, ['files:read', 'files:write']);
  await assert.rejects(bearer(ann, []), code('invalid_input'));
  await assert.rejects(bearer(ann, ['root' as Scope]), code('invalid_input'));
});

test('a token ends at its time, and what it made ends with it', async () => {
  const soon = cluster.clock.now() + 1000;
  const parent = await bearer(ann, ['account', 'files:write'], soon);
  const { token, secret } = await node.identity.createToken(parent, {
    kind: 'access_token',
    label: 'child',
    expiresAt: soon + 1e9,
  });
  assert.equal(token.expiresAt, soon);
  await node.identity.authenticate({ kind: 'bearer', secret }, client);
  cluster.clock.time = soon;
  await assert.rejects(
    node.identity.authenticate({ kind: 'bearer', secret }, client),
    code('unauthenticated'),
  );
  await assert.rejects(bearer(ann, ['files:read'], soon), code('invalid_input'));
});

test('an admin token of somebody who is no admin any more grants nothing of it', async () => {
  const user = await node.identity.createUser(admin, { login: 'bob', password: 'password-1', admin: true });
  const bob = contextOf((await node.identity.login('bob', 'password-1', client, false)).principal);
  const { secret } = await node.identity.createToken(bob, {
    kind: 'access_token',
    label: 't',
    scopes: ['admin', 'account'],
  });
  assert.equal((await node.identity.authenticate({ kind: 'bearer', secret }, client)).admin, true);
  await node.identity.updateUser(admin, user.id, { admin: false });
  const now = await node.identity.authenticate({ kind: 'bearer', secret }, client);
  assert.deepEqual([now.admin, now.scopes], [false, ['account']]);
});

test('nobody lists or revokes the tokens of somebody else', async () => {
  const { token } = await node.identity.createToken(ann, { kind: 'app_password', label: 'a' });
  assert.deepEqual(await node.identity.tokens(admin), []);
  await assert.rejects(node.identity.revokeToken(admin, token.id), code('not_found'));
  assert.equal((await node.identity.tokens(ann)).length, 1);
});

test('the last use is noted, at most once a minute', async () => {
  const { secret } = await node.identity.createToken(ann, { kind: 'access_token', label: 't' });
  const used = async (): Promise<number | null | undefined> => {
    await node.identity.authenticate({ kind: 'bearer', secret }, client);
    await node.stop();
    return (await node.identity.tokens(ann))[0]?.lastUsedAt;
  };
  const first = cluster.clock.now();
  assert.equal(await used(), first);
  cluster.clock.time += 59_000;
  assert.equal(await used(), first);
  cluster.clock.time += 2_000;
  assert.equal(await used(), cluster.clock.now());
});
