/** Apps were let in by whoever had the old password: a new one puts them all out. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { contextOf } from '../../services/identity/testing.ts';
import {
  anybody,
  bearer,
  Browser,
  openProvider,
  personPassword,
  refused,
  signInAt,
  type Provider,
} from './testing.ts';

let provider: Provider;
before(async () => {
  provider = await openProvider(2);
});
after(() => provider.close());

const next = 'a found lighthouse';

async function upToCode(login: string, scope = 'openid offline_access files:read account') {
  const browser = new Browser(provider);
  await browser.signIn(login);
  return signInAt(provider, browser, await provider.register(), { scope });
}

async function letIn(login: string, scope?: string) {
  const signIn = await upToCode(login, scope);
  return { signIn, tokens: await signIn.redeem() };
}

const node = () => {
  const [first] = provider.nodes;
  if (first === undefined) throw new Error('no node');
  return first;
};

const ways: readonly (readonly [string, (id: string, login: string) => Promise<unknown>])[] = [
  [
    'a new password of one’s own',
    async (_id, login) => {
      const session = await node().identity.login(login, personPassword, anybody, false);
      await node().identity.changePassword(contextOf(session.principal), personPassword, next);
    },
  ],
  [
    'one that an administrator sets',
    (id) => node().identity.updateUser(provider.admin, id, { password: next }),
  ],
  [
    'being disabled for a while',
    async (id) => {
      await node().identity.updateUser(provider.admin, id, { disabled: true });
      await node().identity.updateUser(provider.admin, id, { disabled: false });
    },
  ],
];
for (const [index, [name, change]] of ways.entries())
  test(`${name} ends what apps were let in for, on every node`, async () => {
    const login = `ann${index}`;
    const id = await provider.person(login);
    const { signIn, tokens } = await letIn(login);
    const bound = await letIn(login, 'openid files:read');
    const waiting = await upToCode(login);
    for (const { access_token: token } of [tokens, bound.tokens])
      for (const at of [0, 1]) assert.equal(await bearer(provider, at, token), login);
    await change(id, login);
    for (const { access_token: token } of [tokens, bound.tokens])
      for (const at of [0, 1]) assert.equal(await bearer(provider, at, token), null);
    const refresh = client.refreshTokenGrant(signIn.config, tokens.refresh_token ?? '');
    await assert.rejects(refresh, refused('invalid_grant'));
    await assert.rejects(waiting.redeem(), refused('invalid_grant'), 'a code that was not yet redeemed');
  });

test('it leaves the apps of others alone, and another name does so with one’s own', async () => {
  const [id] = [await provider.person('bob'), await provider.person('cat')];
  const cat = await letIn('cat');
  const bob = await letIn('bob');
  await node().identity.updateUser(provider.admin, id, { displayName: 'Robert' });
  assert.equal(await bearer(provider, 1, bob.tokens.access_token), 'bob');
  await node().identity.updateUser(provider.admin, id, { password: next });
  assert.equal(await bearer(provider, 1, cat.tokens.access_token), 'cat');
  await client.refreshTokenGrant(cat.signIn.config, cat.tokens.refresh_token ?? '');
});
