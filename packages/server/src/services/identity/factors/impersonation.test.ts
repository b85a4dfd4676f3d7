import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, contextOf, openCluster, type TestCluster, type TestNode } from '../testing.ts';
import { openWorld, password, refusal, site, type World } from './testing.ts';

let cluster: TestCluster;
let world: World;
let other: TestNode;
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
  other = await cluster.start();
});
after(() => cluster.close());

const root = () => world.node.identity.login('root', 'correct horse', client, false);

test('an admin acts as a user with that user’s rights, under both names, and changes no way in', async () => {
  const { id } = await world.person('ann');
  const { identity } = world.node;
  const admin = contextOf((await root()).principal);
  const session = await identity.signIn.impersonate(admin, id, client);
  const { principal } = session;
  assert.equal(principal.userId, id);
  assert.equal(principal.impersonatorId, admin.principal.userId);
  assert.ok(!principal.admin && !principal.scopes.includes('admin'));
  const context = contextOf(principal);
  const forbidden: readonly (() => Promise<unknown>)[] = [
    () => identity.changePassword(context, password, 'a loud lighthouse'),
    () => identity.createToken(context, { kind: 'app_password', label: 'x' }),
    () => identity.updateProfile(context, { email: 'x@example.org' }),
    () => identity.revokeSession(context, principal.sessionId ?? ''),
    () => identity.signIn.revokeOtherSessions(context),
    () => identity.signIn.beginTotp(context),
    () => identity.signIn.beginPasskey(context, site),
    () => identity.signIn.newRecoveryCodes(context),
    () => identity.signIn.factors(context),
    () => identity.signIn.prove(context, { method: 'password', password }, site),
    () => identity.signIn.impersonate(context, id, client),
  ];
  for (const act of forbidden) await refusal(act(), 'forbidden');
  // Whoever it is about sees it.
  const listed = await identity.sessions(await world.context('ann'));
  assert.ok(listed.some(({ impersonatorId }) => impersonatorId === admin.principal.userId));
});

test('never another admin, never where the setting says no, never by a token or a user', async () => {
  const { id } = await world.person('bob');
  const boss = await world.person('boss', true);
  const { signIn, createToken, authenticate } = world.node.identity;
  const admin = contextOf((await root()).principal);
  await refusal(signIn.impersonate(admin, boss.id, client), 'forbidden');
  await refusal(signIn.impersonate(admin, admin.principal.userId ?? '', client), 'forbidden');
  await refusal(signIn.impersonate(await world.context('bob'), boss.id, client), 'forbidden');
  const token = await createToken(admin, { kind: 'access_token', label: 'x', scopes: ['admin', 'account'] });
  const byToken = contextOf(await authenticate({ kind: 'bearer', secret: token.secret }, client));
  await refusal(signIn.impersonate(byToken, id, client), 'forbidden');
  cluster.settings['impersonation.enabled'] = false;
  await refusal(signIn.impersonate(admin, id, client), 'forbidden');
  cluster.settings['impersonation.enabled'] = true;
});

test('it ends with the admin’s session, with the admin’s rights, and when the user becomes an admin', async () => {
  const { id } = await world.person('cid');
  const boss = await world.person('chief', true);
  const { identity } = world.node;
  const begin = async () => {
    const own = await world.login('chief');
    const acting = await identity.signIn.impersonate(contextOf(own.principal), id, client);
    const cookie = { kind: 'session', secret: acting.secret } as const;
    assert.equal((await other.identity.authenticate(cookie, client)).userId, id);
    return { own, cookie };
  };
  const one = await begin();
  await identity.logout(contextOf(one.own.principal));
  await refusal(other.identity.authenticate(one.cookie, client), 'unauthenticated');
  const admin = contextOf((await root()).principal);
  const two = await begin();
  await identity.updateUser(admin, boss.id, { admin: false });
  await refusal(other.identity.authenticate(two.cookie, client), 'unauthenticated');
  await identity.updateUser(admin, boss.id, { admin: true });
  const three = await begin();
  await identity.updateUser(admin, id, { admin: true });
  await refusal(other.identity.authenticate(three.cookie, client), 'unauthenticated');
});

test('stopping leads back to the admin’s own session, and to nobody else’s', async () => {
  const { id } = await world.person('dan');
  await world.person('eve');
  const own = await root();
  const { signIn, authenticate } = world.node.identity;
  const acting = await signIn.impersonate(contextOf(own.principal), id, client);
  const eve = await world.login('eve');
  assert.equal(await signIn.stopImpersonating(contextOf(acting.principal), eve.secret), null);
  await refusal(authenticate({ kind: 'session', secret: acting.secret }, client), 'unauthenticated');
  const again = await signIn.impersonate(contextOf(own.principal), id, client);
  assert.notEqual(await signIn.stopImpersonating(contextOf(again.principal), own.secret), null);
  assert.equal((await authenticate({ kind: 'session', secret: own.secret }, client)).login, 'root');
});
