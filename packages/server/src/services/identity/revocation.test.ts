/** What is taken away on one node holds for the next call on another, whose caches are warm. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { READ } from '../access/api.ts';
import type { Credentials } from './api.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';

let cluster: TestCluster;
let here: TestNode;
let there: TestNode;
let admin: Context;
let ann: Context;
let annId: string;
let credentials: Record<'session' | 'other' | 'password' | 'app' | 'pat', Credentials>;

beforeEach(async () => {
  cluster = await openCluster();
  ({ node: here, admin } = await setUp(cluster));
  there = await cluster.start();
  annId = (await here.identity.createUser(admin, { login: 'ann', password: 'password-1' })).id;
  const session = await here.identity.login('ann', 'password-1', client, false);
  const other = await there.identity.login('ann', 'password-1', client, true);
  ann = contextOf(session.principal);
  const app = await here.identity.createToken(ann, { kind: 'app_password', label: 'a' });
  const pat = await here.identity.createToken(ann, {
    kind: 'access_token',
    label: 'p',
    scopes: ['files:read'],
  });
  credentials = {
    session: { kind: 'session', secret: session.secret },
    other: { kind: 'session', secret: other.secret },
    password: { kind: 'basic', login: 'ann', secret: 'password-1' },
    app: { kind: 'basic', login: 'ann', secret: app.secret },
    pat: { kind: 'bearer', secret: pat.secret },
  };
  assert.deepEqual(await alive(here), ['session', 'other', 'password', 'app', 'pat']);
  assert.deepEqual(await alive(there), ['session', 'other', 'password', 'app', 'pat']);
});
afterEach(() => cluster.close());

async function alive(node: TestNode): Promise<string[]> {
  const names: string[] = [];
  for (const [name, each] of Object.entries(credentials)) {
    const principal = await node.identity.authenticate(each, client).catch((error: unknown) => {
      assert.ok(isAppError(error, 'unauthenticated'), String(error));
      return null;
    });
    if (principal !== null) names.push(name);
  }
  return names;
}

test('logging out', async () => {
  await here.identity.logout(ann);
  assert.deepEqual(await alive(there), ['other', 'password', 'app', 'pat']);
  assert.deepEqual(await alive(here), ['other', 'password', 'app', 'pat']);
});

test('revoking another session', async () => {
  const sessions = await here.identity.sessions(ann);
  const other = sessions.find((session) => !session.current);
  await here.identity.revokeSession(ann, other?.id ?? '');
  assert.deepEqual(await alive(there), ['session', 'password', 'app', 'pat']);
});

test('revoking tokens', async () => {
  for (const token of await here.identity.tokens(ann)) await here.identity.revokeToken(ann, token.id);
  assert.deepEqual(await alive(there), ['session', 'other', 'password']);
});

test('changing the password ends other sessions and the old password', async () => {
  await here.identity.changePassword(ann, 'password-1', 'password-2');
  assert.deepEqual(await alive(there), ['session', 'app', 'pat']);
  credentials.password = { kind: 'basic', login: 'ann', secret: 'password-2' };
  assert.deepEqual(await alive(there), ['session', 'password', 'app', 'pat']);
});

test('a password set by an admin ends the sessions and tokens', async () => {
  await here.identity.updateUser(admin, annId, { password: 'password-2' });
  assert.deepEqual(await alive(there), []);
});

test('disabling ends everything, and enabling brings nothing but the password back', async () => {
  await here.identity.updateUser(admin, annId, { disabled: true });
  assert.deepEqual(await alive(there), []);
  assert.deepEqual(await alive(here), []);
  await here.identity.updateUser(admin, annId, { disabled: false });
  assert.deepEqual(await alive(there), ['password']);
});

test('deleting the user ends everything', async () => {
  await here.identity.deleteUser(admin, annId);
  assert.deepEqual(await alive(there), []);
});

test('demoting an admin takes the scope from the open session', async () => {
  await here.identity.updateUser(admin, annId, { admin: true });
  const raised = contextOf(await there.identity.authenticate(credentials.session, client));
  assert.equal(raised.principal.admin, true);
  await here.identity.updateUser(admin, annId, { admin: false });
  const lowered = await there.identity.authenticate(credentials.session, client);
  assert.deepEqual([lowered.admin, lowered.scopes.includes('admin')], [false, false]);
  const late = there.identity.createUser(raised, { login: 'evil', password: 'password-1', admin: true });
  await assert.rejects(late, (error) => isAppError(error, 'forbidden'));
});

test('a request that is under way finds its credential gone inside its write', async () => {
  const root = (await here.workspaces.bySlug(ann, 'personal')).rootId;
  const contexts: Context[] = [];
  for (const each of Object.values(credentials))
    contexts.push(contextOf(await there.identity.authenticate(each, client)));
  const write = (context: Context): Promise<void> =>
    cluster.sql.transaction((tx) => there.access.require(tx, context, [root], READ));
  for (const context of contexts) await write(context);
  await here.identity.changePassword(ann, 'password-1', 'password-2');
  for (const token of await here.identity.tokens(ann)) await here.identity.revokeToken(ann, token.id);
  const [session, ...gone] = contexts;
  if (session !== undefined) await write(session);
  for (const context of gone)
    await assert.rejects(write(context), (error) => isAppError(error, 'unauthenticated'));
});

test('leaving a group takes its rights along', async () => {
  const group = await here.identity.createGroup(admin, 'staff', null);
  const workspace = await here.workspaces.create(admin, { slug: 'staff', name: 'Staff' });
  await cluster.sql.transaction((tx) =>
    here.access.setRule(tx, { nodeId: workspace.rootId, roleId: group.roleId, allow: READ, deny: 0 }, null),
  );
  await here.identity.updateUser(admin, annId, { groupId: group.id });
  const inside = contextOf(await there.identity.authenticate(credentials.session, client));
  assert.equal((await there.workspaces.bySlug(inside, 'staff')).id, workspace.id);
  await here.identity.updateUser(admin, annId, { groupId: null });
  const outside = contextOf(await there.identity.authenticate(credentials.session, client));
  await assert.rejects(there.workspaces.bySlug(outside, 'staff'), (error) => isAppError(error, 'not_found'));
});

test('a log-in that overlaps a disabling or a new password opens no session', async () => {
  const changes = [{ disabled: true }, { password: 'password-2' }] as const;
  for (const change of changes) {
    // Hold the verification until the change is through.
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = await cluster.start({
      hash: (password) => here.engine.hash(password),
      verify: async (stored, password) => {
        const right = await here.engine.verify(stored, password);
        await held;
        return right;
      },
    });
    const password = 'password-1';
    const login = slow.identity.login('ann', password, client, false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await here.identity.updateUser(admin, annId, change);
    release();
    await assert.rejects(login, (error) => isAppError(error, 'unauthenticated'));
    await here.identity.updateUser(admin, annId, { disabled: false, password });
  }
});
