import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, contextOf, openCluster, type TestCluster } from '../testing.ts';
import { openWorld, password, refusal, site, SoftKey, type World } from './testing.ts';

let cluster: TestCluster;
let world: World;
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
});
after(() => cluster.close());

test('who must have a second factor and has none can do nothing but set one up', async () => {
  await world.person('ann');
  cluster.settings['login.secondFactorRoles'] = ['everybody'];
  const { identity } = world.node;
  const session = await world.login('ann');
  const cookie = { kind: 'session', secret: session.secret } as const;
  const context = contextOf(session.principal);
  assert.deepEqual([session.principal.scopes, session.principal.roles], [['signin'], []]);
  await refusal(identity.authenticate(cookie, client), 'forbidden', 'limited');
  await refusal(
    identity.authenticate({ kind: 'basic', login: 'ann', secret: password }, client),
    'unauthenticated',
  );
  await refusal(identity.sessions(context), 'forbidden');
  await refusal(identity.createToken(context, { kind: 'app_password', label: 'x' }), 'forbidden');
  await refusal(identity.updateProfile(context, { displayName: 'x' }), 'forbidden');
  assert.equal(await identity.signIn.limitOf(context), 'enrol');
  assert.equal((await identity.signIn.factors(context)).required, true);
  const { secret } = await identity.signIn.beginTotp(context);
  await refusal(identity.signIn.confirmTotp(context, '000000'), 'forbidden', 'code');
  assert.equal((await identity.signIn.confirmTotp(context, world.nextCode(secret)))?.length, 10);
  const free = await identity.authenticate(cookie, client);
  assert.ok(free.scopes.includes('files:write') && free.roles.length > 0);
  // The last one stays.
  await refusal(identity.signIn.removeTotp(contextOf(free)), 'conflict', 'required');
  cluster.settings['login.secondFactorRoles'] = [];
});

test('the rule may name a role or the admins; others are not concerned', async () => {
  await world.person('bob');
  await world.person('boss', true);
  const { principal } = await world.login('bob');
  const own = principal.roles.at(-1) ?? '';
  cluster.settings['login.secondFactorRoles'] = ['admins'];
  assert.ok(!(await world.login('bob')).principal.scopes.includes('signin'));
  assert.ok((await world.login('boss')).principal.scopes.includes('signin'));
  assert.equal((await world.login('boss')).principal.admin, false);
  cluster.settings['login.secondFactorRoles'] = [own];
  assert.ok((await world.login('bob')).principal.scopes.includes('signin'));
  assert.ok(!(await world.login('boss')).principal.scopes.includes('signin'));
  cluster.settings['login.secondFactorRoles'] = [];
});

test('a passkey frees a limited session as well, and a limited session can be left', async () => {
  await world.person('cem');
  cluster.settings['login.secondFactorRoles'] = ['everybody'];
  const { signIn, logout, authenticate } = world.node.identity;
  const left = await world.login('cem');
  await logout(contextOf(left.principal));
  await refusal(
    authenticate({ kind: 'session', secret: left.secret }, client, { limited: true }),
    'unauthenticated',
  );
  const session = await world.login('cem');
  const context = contextOf(session.principal);
  await signIn.addPasskey(
    context,
    new SoftKey().create(await signIn.beginPasskey(context, site)),
    'key',
    site,
  );
  assert.ok(
    (await authenticate({ kind: 'session', secret: session.secret }, client)).scopes.includes('account'),
  );
  cluster.settings['login.secondFactorRoles'] = [];
});

test('a demanded new password comes first; then what else is missing', async () => {
  const { id } = await world.person('dia');
  const { identity } = world.node;
  await identity.signIn.demandNewPassword(world.admin, id, true);
  await refusal(
    identity.authenticate({ kind: 'basic', login: 'dia', secret: password }, client),
    'unauthenticated',
  );
  cluster.settings['login.secondFactorRoles'] = ['everybody'];
  const session = await world.login('dia');
  const context = contextOf(session.principal);
  const cookie = { kind: 'session', secret: session.secret } as const;
  assert.equal(await identity.signIn.limitOf(context), 'password');
  await refusal(identity.changePassword(context, password, password), 'invalid_input', 'used');
  await identity.changePassword(context, password, 'a loud lighthouse');
  const next = contextOf(await identity.authenticate(cookie, client, { limited: true }));
  assert.equal(await identity.signIn.limitOf(next), 'enrol');
  cluster.settings['login.secondFactorRoles'] = [];
  const again = await identity.login('dia', 'a loud lighthouse', client, false);
  assert.equal(await identity.signIn.limitOf(contextOf(again.principal)), null);
});

test('a factor replaces no demanded password: the session stays limited, and needs the proof as any other', async () => {
  const { id } = await world.person('eli');
  const { identity } = world.node;
  await identity.signIn.demandNewPassword(world.admin, id, true);
  const context = contextOf((await world.login('eli')).principal);
  const { secret } = await identity.signIn.beginTotp(context);
  await identity.signIn.confirmTotp(context, world.nextCode(secret));
  assert.equal(await identity.signIn.limitOf(context), 'password');
  cluster.clock.time += 11 * 60_000;
  await refusal(identity.signIn.newRecoveryCodes(context), 'step_up_required');
  await identity.changePassword(context, password, 'a loud lighthouse');
});
