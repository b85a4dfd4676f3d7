/** Second factors, proofs and sessions: what people do about their own, and administrators about those of others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { createClient, isApiError, type Client } from '@volvox/client';
import { logIn } from './browser-session.ts';
import { admin, asUser, makeUser, none, refused, startServer, userPassword } from './harness.ts';

const server = await startServer();
const administrator = (await logIn(server.url, admin.login)).client;
await makeUser(server, 'otto');
/** Somebody who may nothing of all this with others. */
const otto = server.client(asUser('otto'));

/** Each code is taken once; that of the step ahead is taken, too. */
function codeOf(secret: string, stepsAhead = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.generate({ timestamp: Date.now() + stepsAhead * 30_000 });
}

async function addTotp(client: Client): Promise<{ secret: string; recoveryCodes: readonly string[] }> {
  const { secret, uri } = await client.call('beginTotp');
  assert.match(uri, /^otpauth:\/\/totp\//);
  const { recoveryCodes } = await client.call('confirmTotp', { body: { code: codeOf(secret) } });
  return { secret, recoveryCodes: recoveryCodes ?? [] };
}

/** @returns the methods of the second step that the log-in asks for; none where it is through */
async function secondMethods(login: string): Promise<unknown> {
  const client = createClient({ baseUrl: server.url });
  const answer = await client
    .call('login', { body: { login, password: userPassword } })
    .catch((error: unknown) => error);
  if (!isApiError(answer)) return [];
  assert.equal(answer.code, 'second_factor_required', answer.message);
  return answer.details?.['methods'];
}

test('the log-in page is told what it offers and which passwords are good enough', async () => {
  const options = await createClient({ baseUrl: server.url }).call('signInOptions');
  assert.equal(options.passwordReset, false, 'without mail nobody gets a link');
  assert.ok(options.password.minLength >= 8);
});

test('people prove that it is them by password or passkey, sessions only', async () => {
  await makeUser(server, 'paul');
  const { client } = await logIn(server.url, 'paul');
  await refused('forbidden', client.call('prove', { body: { method: 'password', password: 'wrong-one-1' } }));
  await refused('invalid_input', client.call('prove', { body: { method: 'totp' } }));
  const { until } = await client.call('prove', { body: { method: 'password', password: userPassword } });
  assert.ok(until > Date.now());
  assert.equal((await client.call('proofState')).until, until);
  const { options } = await client.call('proofOptions');
  assert.equal(typeof options['challenge'], 'string');
  await refused('forbidden', otto.call('prove', { body: { method: 'password', password: userPassword } }));
});

test('an authenticator app comes with recovery codes, asks at log-in and goes again', async () => {
  await makeUser(server, 'quentin');
  const { client } = await logIn(server.url, 'quentin');
  await refused('not_found', client.call('removeTotp'));
  await refused('conflict', client.call('newRecoveryCodes'));
  const { secret, recoveryCodes } = await addTotp(client);
  assert.equal(recoveryCodes.length, 10);
  assert.deepEqual(await secondMethods('quentin'), ['totp', 'recovery']);
  await client.call('prove', { body: { method: 'totp', code: codeOf(secret, 1) } });
  const fresh = await client.call('newRecoveryCodes');
  assert.equal(new Set([...recoveryCodes, ...fresh.recoveryCodes]).size, 20);
  const [old = '', next = ''] = [recoveryCodes[0], fresh.recoveryCodes[0]];
  await refused('forbidden', client.call('prove', { body: { method: 'recovery', code: old } }));
  await client.call('prove', { body: { method: 'recovery', code: next } });
  assert.equal((await client.call('listFactors')).recoveryCodes.left, 9);
  await client.call('removeTotp');
  assert.equal((await client.call('listFactors')).totp, null);
  assert.deepEqual(await secondMethods('quentin'), []);
});

test('there is nothing to rename or remove of a passkey that nobody has', async () => {
  const { client } = await logIn(server.url, 'otto');
  const params = { id: none };
  await refused('not_found', client.call('renamePasskey', { params, body: { name: 'key' } }));
  await refused('not_found', client.call('removePasskey', { params }));
  await refused('forbidden', otto.call('removePasskey', { params }));
});

test('one session ends all others of its owner', async () => {
  await makeUser(server, 'rosa');
  const [one, two, stranger] = [
    await logIn(server.url, 'rosa'),
    await logIn(server.url, 'rosa'),
    await logIn(server.url, 'otto'),
  ];
  await one.client.call('revokeOtherSessions');
  await refused('unauthenticated', two.client.call('me'));
  const { items } = await one.client.call('listSessions');
  assert.deepEqual(
    items.map((session) => session.id),
    [one.me.sessionId],
  );
  assert.equal((await stranger.client.call('me')).user.login, 'otto');
});

test('an administrator sees the sessions of a user and ends one or all of them', async () => {
  const params = { id: (await makeUser(server, 'sven')).id };
  const [one, two, three] = [
    await logIn(server.url, 'sven'),
    await logIn(server.url, 'sven'),
    await logIn(server.url, 'sven'),
  ];
  const { items } = await administrator.call('userSessions', { params });
  assert.deepEqual(
    items.map((session) => session.id).sort(),
    [one, two, three].map(({ me }) => me.sessionId ?? '').sort(),
  );
  const sessionId = two.me.sessionId ?? '';
  await refused('forbidden', otto.call('userSessions', { params }));
  await refused('forbidden', otto.call('revokeUserSession', { params: { ...params, sessionId } }));
  await refused('forbidden', otto.call('revokeUserSessions', { params }));
  await administrator.call('revokeUserSession', { params: { ...params, sessionId } });
  await refused('unauthenticated', two.client.call('me'));
  assert.equal((await one.client.call('me')).user.login, 'sven');
  await administrator.call('revokeUserSessions', { params });
  for (const { client } of [one, three]) await refused('unauthenticated', client.call('me'));
  assert.deepEqual((await administrator.call('userSessions', { params })).items, []);
  await refused('not_found', administrator.call('userSessions', { params: { id: none } }));
});

test('an administrator sees how a user signs in, and takes all second factors away', async () => {
  const params = { id: (await makeUser(server, 'tina')).id };
  const { client } = await logIn(server.url, 'tina');
  await addTotp(client);
  const state = await administrator.call('userSignIn', { params });
  const { hasPassword, totp, passkeys, recoveryCodes } = state;
  assert.deepEqual([hasPassword, totp, passkeys, recoveryCodes], [true, true, [], 10]);
  await refused('forbidden', otto.call('userSignIn', { params }));
  await refused('forbidden', otto.call('resetFactors', { params }));
  await administrator.call('resetFactors', { params });
  const after = await administrator.call('userSignIn', { params });
  assert.deepEqual([after.totp, after.recoveryCodes], [false, 0]);
  await refused('unauthenticated', client.call('me'));
  assert.deepEqual(await secondMethods('tina'), []);
});

test('an administrator takes one factor away: the app, which the recovery codes go with; sessions go on', async () => {
  const params = { id: (await makeUser(server, 'tara')).id };
  const { client } = await logIn(server.url, 'tara');
  await addTotp(client);
  for (const route of ['removeUserTotp', 'removeUserRecoveryCodes'] as const)
    await refused('forbidden', otto.call(route, { params }));
  const key = { ...params, passkeyId: none };
  await refused('forbidden', otto.call('removeUserPasskey', { params: key }));
  await refused('not_found', administrator.call('removeUserPasskey', { params: key }));
  await administrator.call('removeUserRecoveryCodes', { params });
  await refused('not_found', administrator.call('removeUserRecoveryCodes', { params }));
  assert.deepEqual(await secondMethods('tara'), ['totp']);
  await administrator.call('removeUserTotp', { params });
  await refused('not_found', administrator.call('removeUserTotp', { params }));
  assert.deepEqual(await secondMethods('tara'), []);
  assert.equal((await client.call('me')).user.login, 'tara');
});

test('an administrator acts as a user where the setting allows it, and becomes themself again', async () => {
  const { id } = await makeUser(server, 'uwe');
  const { client } = browser();
  const me = await client.call('login', { body: admin });
  await refused('forbidden', client.call('impersonate', { params: { id } }));
  await refused('conflict', client.call('stopImpersonating'));
  const setting = { key: 'impersonation.enabled' };
  await administrator.call('setSetting', { params: setting, body: { value: true } });
  await refused('forbidden', client.call('impersonate', { params: { id: me.user.id } }));
  await refused('forbidden', otto.call('impersonate', { params: { id } }));
  const as = await client.call('impersonate', { params: { id } });
  assert.deepEqual([as.user.login, as.impersonator?.id], ['uwe', me.user.id]);
  await refused('forbidden', client.call('listUsers'));
  await client.call('stopImpersonating');
  const back = await client.call('me');
  assert.deepEqual([back.user.login, back.sessionId, back.impersonator], ['admin', me.sessionId, null]);
  await administrator.call('unsetSetting', { params: setting });
});

/** One that keeps every cookie by its name: to act as somebody else sets two. */
function browser(): { readonly client: Client } {
  const jar = new Map<string, string>();
  const client = createClient({
    baseUrl: server.url,
    fetch: async (address, init) => {
      const headers = new Headers(init?.headers);
      headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
      const answer = await fetch(address, { ...init, headers });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        jar.set(name, value);
      }
      return answer;
    },
  });
  return { client };
}
