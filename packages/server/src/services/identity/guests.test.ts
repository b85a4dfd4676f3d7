import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Invited } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';
import { isAppError } from '../../kernel/errors.ts';
import { code } from '../../testing/code.ts';

const secret = 'correct horse 1';
const day = 86_400_000;
let cluster: TestCluster;
let node: TestNode;
let admin: Context;
let ann: Context;
let bob: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  for (const login of ['ann', 'bob']) await node.identity.createUser(admin, { login, password: secret });
  ann = await enter('ann');
  bob = await enter('bob');
});
afterEach(() => cluster.close());

async function enter(login: string): Promise<Context> {
  return contextOf((await node.identity.login(login, secret, client, false)).principal);
}
const tokenOf = (invited: Invited): string => invited.path?.replace('/invite#', '') ?? '';

test('an invitation lets in once, with a password of the guest', async () => {
  const { guests } = node.identity;
  const invited = await guests.invite(ann, { email: 'Eve+x@Guests.example', displayName: 'Eve' });
  assert.equal(invited.mailed, false);
  const token = tokenOf(invited);
  assert.ok(token.length >= 22, '128 bits');
  assert.deepEqual(await guests.invitation(token), {
    login: 'eve.x@guests.example',
    displayName: 'Eve',
    inviter: 'ann',
  });
  await assert.rejects(
    node.identity.login('eve.x@guests.example', '', client, false),
    code('unauthenticated'),
  );
  await assert.rejects(guests.accept(token, 'short'), code('invalid_input'));
  const { login } = await guests.accept(token, secret);
  const { principal } = await node.identity.login(login, secret, client, false);
  assert.equal(principal.guest, true);
  await assert.rejects(guests.accept(token, 'another horse 2'), code('gone'));
  await assert.rejects(guests.invitation(token), code('gone'));
  await assert.rejects(guests.invitation('nonsense'), code('gone'));
});

test('who is here already is not invited, by address or login, however it is written', async () => {
  const { identity } = node;
  const { guests } = identity;
  cluster.settings['guests.maxPerDay'] = 4;
  await identity.createUser(admin, { login: 'cora', password: secret, email: 'Cora@Example.org' });
  await identity.createUser(admin, { login: 'dan@example.org', password: secret });
  const refused = (reason: string) => (error: unknown) =>
    isAppError(error, 'conflict') && error.details['reason'] === reason;
  for (const email of ['cora@example.org', 'CORA@example.ORG', 'Dan@example.org'])
    await assert.rejects(guests.invite(ann, { email }), refused('person'), email);
  assert.deepEqual(await guests.list(ann), []);
  const invited = await guests.invite(ann, { email: 'eve@guests.example' });
  await assert.rejects(guests.invite(ann, { email: 'cora@example.org' }), code('too_many_requests'));

  // A person who is given a guest's address later leaves the guest as it is.
  const { id } = await identity.createUser(admin, { login: 'eve', password: secret });
  await identity.updateUser(admin, id, { email: 'eve@guests.example' });
  const { login } = await guests.accept(tokenOf(invited), secret);
  const guest = contextOf((await identity.login(login, secret, client, false)).principal);
  assert.equal(guest.principal.guest, true);
  for (const email of ['cora@example.org', 'nobody@example.org'])
    await assert.rejects(guests.invite(guest, { email }), code('forbidden'), 'guests learn nothing');
});

test('the token is kept as a hash only, and shows in no journal or log', async () => {
  const token = tokenOf(await node.identity.guests.invite(ann, { email: 'eve@guests.example' }));
  const kept = JSON.stringify([cluster.journal, cluster.logged]);
  assert.ok(!kept.includes(token));
});

test('a guest has no role but the own one and those given, no workspace, and invites nobody', async () => {
  const { identity, workspaces } = node;
  const invited = await identity.guests.invite(ann, { email: 'eve@guests.example' });
  const { login } = await identity.guests.accept(tokenOf(invited), secret);
  const eve = await enter(login);
  assert.equal(eve.principal.roles.length, 1);
  assert.deepEqual(await workspaces.list(eve), []);
  await assert.rejects(identity.guests.invite(eve, { email: 'x@guests.example' }), code('forbidden'));
  await assert.rejects(identity.teams.create(eve, { name: 'x' }), code('forbidden'));
  const group = (await identity.groups(admin))[0];
  await assert.rejects(
    identity.setGroupManager(admin, group?.id ?? '', invited.user.id, true),
    code('invalid_input'),
  );
  await assert.rejects(identity.updateUser(admin, invited.user.id, { admin: true }), code('invalid_input'));
  const role = await identity.roles.create(admin, { label: 'r', autoGroupId: group?.id ?? null });
  assert.ok(!(await identity.principalOf(invited.user.id)).roles.includes(role.id), 'no role by group');
});

test('the end holds by the clock: for the session, the password and the invitation', async () => {
  const { guests } = node.identity;
  const end = cluster.clock.time + 2 * day;
  const invited = await guests.invite(ann, { email: 'eve@guests.example', expiresAt: end });
  const late = await guests.invite(ann, { email: 'mallory@guests.example', expiresAt: end });
  const { login } = await guests.accept(tokenOf(invited), secret);
  const session = await node.identity.login(login, secret, client, true);
  const credentials = { kind: 'session', secret: session.secret } as const;
  const basic = { kind: 'basic', login, secret } as const;
  cluster.clock.time = end - 1;
  await node.identity.authenticate(credentials, client);
  await node.identity.authenticate(basic, client);
  cluster.clock.time = end;
  await assert.rejects(node.identity.authenticate(credentials, client), code('unauthenticated'));
  await assert.rejects(node.identity.authenticate(basic, client), code('unauthenticated'));
  await assert.rejects(node.identity.login(login, secret, client, false), code('unauthenticated'));
  await assert.rejects(guests.accept(tokenOf(late), secret), code('gone'));
  assert.deepEqual((await node.identity.principalOf(invited.user.id)).roles, []);
});

test('the settings bound who invites, how many and for how long', async () => {
  const { guests } = node.identity;
  const far = cluster.clock.time + 1000 * day;
  const { user } = await guests.invite(ann, { email: 'a@guests.example', expiresAt: far });
  assert.equal(user.expiresAt, cluster.clock.time + 30 * day);
  await guests.invite(ann, { email: 'b@guests.example' });
  await guests.invite(ann, { email: 'c@guests.example' });
  await assert.rejects(guests.invite(ann, { email: 'd@guests.example' }), code('conflict'));
  await guests.update(ann, user.id, { disabled: true });
  await guests.invite(ann, { email: 'd@guests.example' });
  await assert.rejects(guests.update(bob, user.id, { disabled: false }), code('not_found'));
  await assert.rejects(guests.invite(ann, { email: 'x@y.example', expiresAt: 1 }), code('invalid_input'));
  cluster.settings['guests.enabled'] = false;
  await assert.rejects(guests.invite(bob, { email: 'e@guests.example' }), code('forbidden'));
  await guests.invite(admin, { email: 'e@guests.example' });
});

test('one user sends so many invitations on a day, also to the same address again, on all nodes together', async () => {
  cluster.settings['guests.maxPerDay'] = 3;
  const other = await cluster.start();
  const { guests } = node.identity;
  const again = { email: 'eve@guests.example' };
  await guests.invite(ann, again);
  await other.identity.guests.invite(ann, again);
  await guests.invite(ann, { email: 'fay@guests.example' });
  for (const email of ['eve@guests.example', 'gus@guests.example'])
    await assert.rejects(guests.invite(ann, { email }), code('too_many_requests'));
  assert.equal((await guests.list(ann)).length, 2);
  await guests.invite(bob, { email: 'eve@elsewhere.example' });
  for (let count = 0; count < 5; count++) await guests.invite(admin, { email: 'ada@guests.example' });
  cluster.clock.time += day;
  await guests.invite(await enter('ann'), again);
});

test('inviting tells nothing of who has an account', async () => {
  const { guests } = node.identity;
  const first = await guests.invite(ann, { email: 'eve@guests.example' });
  const second = await guests.invite(bob, { email: 'eve@guests.example' });
  assert.notEqual(second.user.login, first.user.login);
  assert.match(second.user.login, /^eve@guests\.example-[0-9a-f]{6}$/);
  const again = await guests.invite(ann, { email: 'EVE@guests.example' });
  assert.equal(again.user.id, first.user.id);
  await assert.rejects(guests.accept(tokenOf(first), secret), code('gone'), 'the newer one holds');
  await guests.accept(tokenOf(again), secret);
  await assert.rejects(guests.invite(ann, { email: 'eve@guests.example' }), code('conflict'));
});

test('guests are found by their inviter and by admins, and find whom they share a team with', async () => {
  const { guests, people, teams } = node.identity;
  const { user, ...invited } = await guests.invite(ann, {
    email: 'eve@guests.example',
    displayName: 'Eve Guest',
  });
  const { login } = await guests.accept(tokenOf({ user, ...invited }), secret);
  const eve = await enter(login);
  const found = async (by: Context, q: string) => (await people.search(by, q, 10)).map((each) => each.name);
  assert.deepEqual(await found(ann, 'eve gue'), ['Eve Guest']);
  assert.deepEqual(await found(admin, 'guest'), ['Eve Guest']);
  assert.deepEqual(await found(bob, 'eve gue'), []);
  assert.deepEqual(await found(eve, 'ann'), []);
  await assert.rejects(
    teams.create(bob, { name: 't' }).then((team) => teams.setMember(bob, team.id, user.id, {})),
    code('not_found'),
  );
  const team = await teams.create(ann, { name: 'Trip' });
  await teams.setMember(ann, team.id, user.id, {});
  await teams.setMember(ann, team.id, bob.principal.userId ?? '', {});
  assert.deepEqual(await found(eve, 'ann'), ['ann']);
  assert.deepEqual(await found(eve, 'tri'), ['Trip']);
  assert.deepEqual(await found(eve, 'ev'), [], 'not oneself');
  assert.deepEqual(await found(eve, 'every'), [], 'no groups');
});

test('when the inviter goes, guests go to the successor', async () => {
  const { guests } = node.identity;
  const { user } = await guests.invite(ann, { email: 'eve@guests.example' });
  const id = (login: string) => node.identity.userByLogin(login).then((found) => found?.id ?? '');
  await node.identity.deleteUser(admin, await id('ann'), { handTo: await id('bob') });
  assert.deepEqual(
    (await guests.list(bob)).map((each) => each.id),
    [user.id],
  );
});

test('what an administrator closed or bounded, the inviter does not undo', async () => {
  const { guests, updateUser } = node.identity;
  const { user } = await guests.invite(ann, { email: 'eve@guests.example' });
  await updateUser(admin, user.id, { disabled: true });
  await assert.rejects(guests.update(ann, user.id, { disabled: false }), code('forbidden'));
  await updateUser(admin, user.id, { disabled: false, expiresAt: cluster.clock.time + day });
  cluster.settings['guests.maxDays'] = 0;
  await assert.rejects(guests.update(ann, user.id, { expiresAt: null }), code('forbidden'));
  assert.equal((await guests.update(ann, user.id, { disabled: true })).disabled, true);
});

test('an invitation ends with the address that it went to', async () => {
  const { guests, updateUser } = node.identity;
  const { user, path } = await guests.invite(ann, { email: 'eve@guests.example' });
  const token = path?.split('#')[1] ?? '';
  await updateUser(admin, user.id, { displayName: 'Eve' });
  assert.equal((await guests.invitation(token)).displayName, 'Eve');
  await updateUser(admin, user.id, { email: 'eve@elsewhere.example' });
  await assert.rejects(guests.invitation(token), code('gone'));
  await assert.rejects(guests.accept(token, 'correct horse battery'), code('gone'));
  const again = await guests.invite(ann, { email: 'eve@elsewhere.example' });
  assert.equal(again.user.id, user.id);
  await guests.accept(again.path?.split('#')[1] ?? '', 'correct horse battery');
});
