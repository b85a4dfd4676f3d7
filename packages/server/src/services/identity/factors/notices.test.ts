import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { SecurityEvent } from '../../audit/api.ts';
import type { MailMessage } from '../../mail/api.ts';
import { client, contextOf, openCluster, type TestCluster, type TestNode } from '../testing.ts';
import { codeAt, openWorld, password, refusal, site, type World } from './testing.ts';

let cluster: TestCluster;
let world: World;
let node: TestNode;
const mails: (readonly [string, string])[] = [];
const events: SecurityEvent[] = [];
let away = false;
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
  const enqueue = async (_tx: unknown, { to, template, data }: MailMessage): Promise<void> => {
    if (template === 'security-notice') mails.push([to, data.what]);
  };
  node = await cluster.start(undefined, {
    mail: { configured: () => true, enqueue },
    audit: {
      keep: async (_source, event) => void events.push(event),
      append: async (_tx, _source, event) => {
        if (away) throw new Error('away');
        events.push(event);
      },
    },
  });
});
after(() => cluster.close());
beforeEach(() => {
  mails.splice(0);
  events.splice(0);
});

async function person(login: string): Promise<void> {
  const { id } = await world.person(login);
  await world.node.identity.updateUser(world.admin, id, { email: `${login}@example.org` });
}
const logIn = (login: string, device: string | null) =>
  node.identity.signIn.login(login, password, client, { remember: false, device });

test('a log-in from another browser is told by mail, the first one and known ones are not', async () => {
  await person('ann');
  const [phone, desk] = ['p'.repeat(32), 'd'.repeat(32)];
  for (const device of [phone, phone, null]) await logIn('ann', device);
  assert.deepEqual(mails, []);
  await logIn('ann', desk);
  await logIn('ann', desk);
  assert.deepEqual(mails, [['ann@example.org', 'new-device']]);
  cluster.settings['login.notices'] = false;
  await logIn('ann', 'x'.repeat(32));
  cluster.settings['login.notices'] = true;
  assert.equal(mails.length, 1);
});

test('whatever changes the ways in is told by mail and recorded; a new address is told to the old one', async () => {
  await person('bob');
  const { identity } = node;
  const context = contextOf((await logIn('bob', null)).principal);
  const { secret } = await identity.signIn.beginTotp(context);
  await identity.signIn.confirmTotp(context, codeAt(secret, cluster.clock.time));
  await identity.signIn.newRecoveryCodes(context);
  await identity.createToken(context, { kind: 'app_password', label: 'phone' });
  await identity.updateProfile(context, { email: 'new@example.org' });
  await identity.signIn.removeTotp(context);
  await identity.changePassword(context, password, 'a loud lighthouse');
  assert.deepEqual(mails, [
    ['bob@example.org', 'factor-added'],
    ['bob@example.org', 'recovery-codes'],
    ['bob@example.org', 'token-created'],
    ['bob@example.org', 'email-changed'],
    ['new@example.org', 'factor-removed'],
    ['new@example.org', 'password-changed'],
  ]);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['auth.login', 'factor.added', 'recovery.made', 'token.created', 'factor.removed', 'password.changed'],
  );
});

test('failures are recorded without what was typed, unless it is somebody’s login', async () => {
  await person('cat');
  await refusal(node.identity.login('cat', 'wrong', client, false), 'unauthenticated');
  await refusal(node.identity.login('my secret word', 'wrong', client, false), 'unauthenticated');
  assert.deepEqual(
    events.map(({ kind, details }) => [kind, details]),
    [
      ['auth.failed', { reason: 'password', login: 'cat' }],
      ['auth.failed', { reason: 'password' }],
    ],
  );
});

test('no event and no mail has a secret in it', async () => {
  await person('dan');
  const context = contextOf((await logIn('dan', null)).principal);
  const { secret } = await node.identity.signIn.beginTotp(context);
  const codes = await node.identity.signIn.confirmTotp(context, codeAt(secret, cluster.clock.time));
  const token = await node.identity.createToken(context, { kind: 'app_password', label: 'x' });
  await refusal(node.identity.signIn.prove(context, { method: 'totp', code: '000000' }, site), 'forbidden');
  const said = JSON.stringify([events, mails, cluster.logged]);
  for (const word of [secret, token.secret, password, ...(codes ?? [])]) assert.ok(!said.includes(word));
});

test('what can not be recorded does not happen: tokens, sessions and proofs stay as they were', async () => {
  await person('eve');
  const { identity } = node;
  const [context, other] = [await logIn('eve', null), await logIn('eve', null)].map((opened) =>
    contextOf(opened.principal),
  );
  assert.ok(context !== undefined && other !== undefined);
  const { token } = await identity.createToken(context, { kind: 'app_password', label: 'x' });
  const state = async () => ({
    tokens: (await identity.tokens(context)).map((each) => each.id),
    sessions: (await identity.sessions(context)).map((each) => each.id).sort(),
    proof: (await identity.signIn.proofState(context)).until,
  });
  const before = await state();
  events.splice(0);
  cluster.clock.time += 1000;
  const sessionId = other.principal.sessionId ?? '';
  const all: readonly (() => Promise<unknown>)[] = [
    () => identity.createToken(context, { kind: 'app_password', label: 'y' }),
    () => identity.revokeToken(context, token.id),
    () => identity.signIn.prove(context, { method: 'password', password }, site),
    () => identity.revokeSession(context, sessionId),
    () => identity.signIn.revokeOtherSessions(context),
    () => identity.logout(context),
  ];
  away = true;
  for (const change of all) await assert.rejects(change(), { message: 'away' });
  away = false;
  assert.deepEqual(await state(), before);
  for (const change of all) await change();
  const kinds = ['token.created', 'token.revoked', 'auth.step-up', 'session.revoked', 'session.revoked'];
  assert.deepEqual(
    events.map((event) => event.kind),
    [...kinds, 'auth.logout'],
  );
});
