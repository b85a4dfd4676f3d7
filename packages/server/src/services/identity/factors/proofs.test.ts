import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../../kernel/context.ts';
import { client, contextOf, openCluster, type TestCluster, type TestNode } from '../testing.ts';
import { openWorld, password, refusal, site, SoftKey, type World } from './testing.ts';

let cluster: TestCluster;
let world: World;
let other: TestNode;
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
  other = await cluster.start();
});
after(() => cluster.close());

const later = () => void (cluster.clock.time += 11 * 60_000);
const rootAgain = async (): Promise<Context> =>
  contextOf((await world.node.identity.login('root', 'correct horse', client, false)).principal);

test('what is dangerous needs a proof of the last ten minutes, which holds on every node', async () => {
  const { identity } = world.node;
  const { id } = await world.person('ann');
  const { groupId } = await identity.user(id);
  const role = await identity.roles.create(world.admin, { label: 'staff' });
  const admin = await rootAgain();
  const byRoot = contextOf(await identity.principalOf(id));
  const lines = { dryRun: false, offset: 0, limit: 10 };
  later();
  const dangerous: readonly (() => Promise<unknown>)[] = [
    () => identity.updateProfile(admin, { email: 'root@example.org' }),
    () => identity.createToken(admin, { kind: 'access_token', label: 'x', scopes: ['admin'] }),
    () => identity.updateUser(admin, id, { password: 'a new lighthouse' }),
    () => identity.updateUser(admin, id, { admin: false }),
    () => identity.updateUser(admin, id, { email: 'mallory@example.org' }),
    () => identity.createToken(admin, { kind: 'access_token', label: 'x', scopes: ['account'] }),
    () => identity.createToken(admin, { kind: 'access_token', label: 'x', scopes: ['files:read'] }),
    () => identity.createToken(admin, { kind: 'app_password', label: 'x' }),
    () => identity.createToken(byRoot, { kind: 'app_password', label: 'x' }, admin),
    () => identity.createUser(admin, { login: 'mallory', password, admin: true }),
    () => identity.roles.assign(admin, role.id, { subjectId: id, kind: 'user', expiresAt: null }),
    () => identity.setGroupManager(admin, groupId ?? '', id, true),
    () => identity.transfer.import(admin, { ...lines, csv: `login,password\nann,${password}` }),
    () => identity.transfer.import(admin, { ...lines, csv: 'login,admin\nann,true' }),
    () => identity.signIn.beginTotp(admin),
    () => identity.signIn.beginPasskey(admin, site),
    () => identity.signIn.resetFactors(admin, id),
    () => identity.signIn.removeFactor(admin, id, { kind: 'totp' }),
    () => identity.signIn.impersonate(admin, id, client),
    () => identity.deleteUser(admin, id),
  ];
  for (const act of dangerous) await refusal(act(), 'step_up_required');
  await identity.updateProfile(admin, { displayName: 'Root' });
  await identity.updateUser(admin, id, { email: null });
  await identity.transfer.import(admin, { ...lines, csv: 'login,displayName\nann,Ann' });
  await identity.transfer.import(admin, { ...lines, dryRun: true, csv: 'login,admin\nann,true' });
  await refusal(
    other.identity.signIn.prove(admin, { method: 'password', password: 'wrong' }, site),
    'forbidden',
    'code',
  );
  await refusal(identity.deleteUser(admin, id), 'step_up_required');
  const until = await other.identity.signIn.prove(
    admin,
    { method: 'password', password: 'correct horse' },
    site,
  );
  assert.equal(until, cluster.clock.time + 600_000);
  await identity.deleteUser(admin, id);
});

test('it is given with any factor, by its owner, in that session alone', async () => {
  await world.person('bob');
  const key = new SoftKey();
  const context = await world.context('bob');
  const elsewhere = await world.context('bob');
  const { signIn } = world.node.identity;
  await signIn.addPasskey(context, key.create(await signIn.beginPasskey(context, site)), 'key', site);
  const { secret } = await signIn.beginTotp(context);
  await signIn.confirmTotp(context, world.nextCode(secret));
  later();
  assert.deepEqual((await signIn.proofState(context)).methods, ['password', 'passkey', 'totp', 'recovery']);
  await signIn.prove(context, { method: 'totp', code: world.nextCode(secret) }, site);
  await refusal(signIn.newRecoveryCodes(elsewhere), 'step_up_required');
  await signIn.newRecoveryCodes(context);
  later();
  const assertion = key.get(await signIn.proofOptions(context, site));
  await signIn.prove(context, { method: 'passkey', assertion }, site);
  await refusal(signIn.prove(context, { method: 'passkey', assertion }, site), 'forbidden', 'code');
});

test('guesses at it are counted like those at the second step', async () => {
  await world.person('cal');
  const context = await world.context('cal');
  const { signIn } = world.node.identity;
  for (let guess = 0; guess < 5; guess++)
    await refusal(signIn.prove(context, { method: 'password', password: 'no' }, site), 'forbidden');
  await refusal(signIn.prove(context, { method: 'password', password }, site), 'too_many_requests');
});

test('no token changes factors, whatever its scopes', async () => {
  await world.person('dee');
  const context = await world.context('dee');
  const { identity } = world.node;
  const { secret } = await identity.createToken(context, {
    kind: 'access_token',
    label: 'all',
    scopes: ['files:write', 'account'],
  });
  const byToken = contextOf(await identity.authenticate({ kind: 'bearer', secret }, client));
  await refusal(identity.signIn.beginTotp(byToken), 'forbidden');
  await refusal(identity.signIn.factors(byToken), 'forbidden');
  await refusal(identity.signIn.prove(byToken, { method: 'password', password }, site), 'forbidden');
});
