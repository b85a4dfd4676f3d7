/** Signing in by a provider outside: two installations of ours, of which one is the provider of the other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TOTP } from 'otpauth';
import type { ConnectorInput, OidcConnectorSettings } from '@volvox/api';
import { isAppError } from '../../kernel/errors.ts';
import { contextOf } from '../../services/identity/testing.ts';
import { Browser, openProvider, type Provider } from './testing.ts';

let there: Provider;
let here: Provider;
before(async () => {
  there = await openProvider();
  here = await openProvider(2);
});
after(async () => {
  await there.close();
  await here.close();
});

const base: Omit<OidcConnectorSettings, 'issuer' | 'clientId'> = {
  kind: 'oidc',
  scopes: ['profile', 'email', 'groups'],
  loginClaim: 'preferred_username',
  nameClaim: 'name',
  emailClaim: 'email',
  groupsClaim: 'groups',
  secondStep: true,
  linking: true,
  createUsers: true,
  attributes: { origin: 'iss' },
  groups: [],
};

const service = (node = 0) => here.nodes[node]?.connectors ?? assert.fail();
const identity = (node = 0) => here.nodes[node]?.identity ?? assert.fail();

async function connect(
  patch: Partial<OidcConnectorSettings> = {},
  more: Partial<ConnectorInput> = {},
): Promise<string> {
  const placeholder = 'https://placeholder.example/callback';
  const app = await there.register({ redirectUris: [placeholder] });
  const settings = { ...base, issuer: there.issuer, clientId: app.id, ...patch };
  const input = { name: 'Elsewhere', enabled: true, position: 1, settings, secret: app.secret, ...more };
  const { id } = await service().create(here.admin, input);
  const redirectUris = [`${here.issuer}/auth/external/${id}/callback`];
  const { listed: _listed, ...rest } = { listed: 0, ...(await appOf(app.id)) };
  await there.nodes[0]?.oidc.updateClient(there.admin, app.id, { ...rest, redirectUris });
  return id;
}

async function appOf(id: string) {
  const all = (await there.nodes[0]?.oidc.clients(there.admin)) ?? [];
  const {
    id: _id,
    builtIn: _builtIn,
    createdAt: _at,
    ...input
  } = all.find((app) => app.id === id) ?? assert.fail();
  return input;
}

async function signedInThere(login: string): Promise<Browser> {
  const known = await there.nodes[0]?.identity.userByLogin(login);
  if (known === null) await there.person(login);
  const browser = new Browser(there);
  await browser.signIn(login);
  return browser;
}

/** @returns what the browser is told at the end */
async function through(id: string, at: Browser, browser: Browser, query = ''): Promise<string> {
  const began = await browser.send('GET', `/auth/external/${id}/start${query}`);
  assert.equal(began.status, 303, began.body.toString());
  const back = await at.authorize(new URL(String(began.headers.location)));
  const done = await browser.send('GET', back.pathname + back.search);
  return String(done.headers.location);
}

async function whoIs(browser: Browser): Promise<string | null> {
  const answer = await browser.rest('GET', '/session');
  if (answer.status !== 200) return null;
  const me = answer.json() as { user: { login: string }; csrfToken: string };
  browser.csrf = me.csrfToken;
  return me.user.login;
}

test('somebody new gets an account, and the same one the next time; the button is offered to everybody', async () => {
  const id = await connect();
  const ann = await signedInThere('ann');
  const browser = new Browser(here);
  assert.deepEqual((await browser.rest('GET', '/session/methods')).json(), {
    external: [{ id, name: 'Elsewhere' }],
  });
  assert.equal(await through(id, ann, browser, '?return=/files/x'), '/files/x');
  assert.equal(await whoIs(browser), 'ann');
  const user = await identity().userByLogin('ann');
  assert.deepEqual([user?.displayName, user?.attributes], ['The ann', { origin: there.issuer }]);
  const again = new Browser(here);
  again.node = 1;
  await through(id, ann, again);
  assert.equal((await identity().userByLogin('ann'))?.id, user?.id);
  assert.equal(await identity().userByLogin('ann-2'), null);
  await service().delete(here.admin, id);
});

test('who was made but not linked, as a node fell, comes in all the same', async () => {
  const id = await connect();
  const zoe = await signedInThere('zoe');
  const told = await there.nodes[0]?.identity.userByLogin('zoe');
  const made = await identity().createUser(here.admin, {
    ...{ login: 'zoe', password: null, displayName: 'Zoe', source: id, externalId: told?.id ?? '' },
  });
  const browser = new Browser(here);
  await through(id, zoe, browser);
  assert.equal(await whoIs(browser), 'zoe');
  assert.equal((await identity().userByExternal(id, told?.id ?? ''))?.id, made.id);
  const again = new Browser(here);
  await through(id, zoe, again);
  assert.equal(await whoIs(again), 'zoe');
  await service().delete(here.admin, id);
});

test('an equal login or e-mail address takes nobody’s account over', async () => {
  const id = await connect();
  const bobHere = await here.person('bob');
  await identity().updateUser(here.admin, bobHere, { email: 'bob@example.org' });
  const bob = await signedInThere('bob');
  const bobThere = await there.nodes[0]?.identity.userByLogin('bob');
  await there.nodes[0]?.identity.updateUser(there.admin, bobThere?.id ?? '', { email: 'bob@example.org' });
  const browser = new Browser(here);
  await through(id, bob, browser);
  assert.equal(await whoIs(browser), 'bob-2');
  await service().delete(here.admin, id);
});

test('without the leave to make accounts only known people come in', async () => {
  const id = await connect({ createUsers: false });
  const browser = new Browser(here);
  assert.equal(await through(id, await signedInThere('carl'), browser), '/login#external=unknown');
  assert.equal(await whoIs(browser), null);
  await service().delete(here.admin, id);
});

test('a disabled person stays out', async () => {
  const id = await connect();
  const dora = await signedInThere('dora');
  await through(id, dora, new Browser(here));
  const user = await identity().userByLogin('dora');
  await identity().updateUser(here.admin, user?.id ?? '', { disabled: true });
  const browser = new Browser(here);
  assert.match(await through(id, dora, browser), /^\/login#external=/);
  assert.equal(await whoIs(browser), null);
  await service().delete(here.admin, id);
});

test('an answer counts in the browser that asked only, once, for its provider only', async () => {
  const [id, other] = [await connect(), await connect()];
  const eve = await signedInThere('eve');
  const attacker = new Browser(here);
  const began = await attacker.send('GET', `/auth/external/${id}/start`);
  const back = await eve.authorize(new URL(String(began.headers.location)));
  const victim = new Browser(here);
  const slipped = await victim.send('GET', back.pathname + back.search);
  assert.equal(slipped.headers.location, '/login#external=expired', 'no log-in is slipped under somebody');
  assert.equal(await whoIs(victim), null);
  const mixed = await attacker.send('GET', back.pathname.replace(id, other) + back.search);
  assert.equal(mixed.headers.location, '/login#external=expired', 'sent to the address of another provider');
});

test('state, issuer and code of an answer are checked', async () => {
  const id = await connect();
  const fay = await signedInThere('fay');
  const changes: Record<string, (url: URL) => void> = {
    state: (url) => url.searchParams.set('state', 'x'),
    'no state': (url) => url.searchParams.delete('state'),
    issuer: (url) => url.searchParams.set('iss', 'https://evil.example'),
    'no issuer': (url) => url.searchParams.delete('iss'),
    code: (url) => url.searchParams.set('code', 'x'),
    error: (url) => url.searchParams.set('error', 'access_denied'),
  };
  for (const [name, change] of Object.entries(changes)) {
    const browser = new Browser(here);
    const began = await browser.send('GET', `/auth/external/${id}/start`);
    const back = await fay.authorize(new URL(String(began.headers.location)));
    change(back);
    const done = await browser.send('GET', back.pathname + back.search);
    assert.match(String(done.headers.location), /^\/login#external=/, name);
    assert.equal(await whoIs(browser), null, name);
  }
  await service().delete(here.admin, id);
});

test('nobody is sent anywhere but into our own pages afterwards', async () => {
  const id = await connect();
  const gus = await signedInThere('gus');
  for (const path of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:x',
    '/\t/evil.example',
    '/%0a/x\n',
  ])
    assert.match(
      await through(id, gus, new Browser(here), `?return=${encodeURIComponent(path)}`),
      /^\/(?:%0a\/x)?$/,
      path,
    );
  await service().delete(here.admin, id);
});

test('groups there give groups and roles here, and take them away again', async () => {
  const groupThere = await there.nodes[0]?.identity.createGroup(there.admin, 'Staff', null);
  const staff = await identity().createGroup(here.admin, 'Our staff', null);
  const role = await identity().roles.create(here.admin, { label: 'Editors' });
  const id = await connect({ groups: [{ external: 'staff', groupId: staff.id, roleId: role.id }] });
  const hal = await signedInThere('hal');
  const halThere = await there.nodes[0]?.identity.userByLogin('hal');
  const move = (groupId: string | null) =>
    there.nodes[0]?.identity.updateUser(there.admin, halThere?.id ?? '', { groupId });
  await move(groupThere?.id ?? '');
  await through(id, hal, new Browser(here));
  const user = await identity().userByLogin('hal');
  const roles = async () =>
    (await identity().roles.ofUser(here.admin, user?.id ?? '')).map((each) => each.id).includes(role.id);
  assert.equal(user?.groupId, staff.id);
  assert.equal(await roles(), true);
  await move(null);
  await through(id, hal, new Browser(here));
  assert.equal(await roles(), false);
  await service().delete(here.admin, id);
});

test('somebody who is signed in may link an account, of which nobody else has the other end', async () => {
  const id = await connect({ createUsers: false });
  await here.person('ida');
  const ida = new Browser(here);
  await ida.signIn('ida');
  const idaThere = await signedInThere('ida');
  const link = async (browser: Browser) =>
    String((await browser.rest('POST', `/me/external-accounts/${id}`, {})).json()['startAt']);
  const query = (startAt: string): string => startAt.slice(startAt.indexOf('?'));
  const spare = query(await link(ida));
  assert.equal(await through(id, idaThere, ida, query(await link(ida))), '/account');
  const fresh = new Browser(here);
  assert.equal(await through(id, idaThere, fresh), '/');
  assert.equal(await whoIs(fresh), 'ida');
  await here.person('jon');
  const jon = new Browser(here);
  await jon.signIn('jon');
  assert.equal(await through(id, idaThere, jon, query(await link(jon))), '/account#external=linked');
  const stolen = await jon.send('GET', `/auth/external/${id}/start${spare}`);
  assert.equal(stolen.status, 401, 'what another session asked for');
  const idaUser = await identity().userByLogin('ida');
  const acted = contextOf(await identity().principalOf(idaUser?.id ?? ''));
  await assert.rejects(service().unlink(acted, id), (error) => isAppError(error, 'forbidden'), 'no session');
  assert.equal((await ida.rest('DELETE', `/me/external-accounts/${id}`)).status, 204);
  here.cluster.clock.time += 11 * 60_000;
  const stale = await ida.rest('POST', `/me/external-accounts/${id}`, {});
  assert.equal(stale.json()['code'], 'step_up_required');
  here.cluster.clock.time -= 11 * 60_000;
  assert.equal(await through(id, idaThere, new Browser(here)), '/login#external=unknown');
  await service().delete(here.admin, id);
});

test('the second factor of ours is asked for as configured', async () => {
  const id = await connect();
  const kim = await signedInThere('kim');
  const first = new Browser(here);
  await through(id, kim, first);
  await whoIs(first);
  const { secret } = (await first.rest('POST', '/factors/totp', {})).json() as { secret: string };
  const code = new TOTP({ secret }).generate({ timestamp: here.cluster.clock.time });
  assert.equal((await first.rest('POST', '/factors/totp/confirm', { code })).status, 200);
  const browser = new Browser(here);
  assert.match(await through(id, kim, browser), /^\/login#second=[^&]+&methods=/);
  assert.equal(await whoIs(browser), null);
  await service().delete(here.admin, id);
});

test('what an administrator types in is asked only where it may be, and its secret is shown to nobody', async () => {
  const id = await connect();
  const [shown] = (await service().list(here.admin)).filter((each) => each.id === id);
  assert.equal(shown?.hasSecret, true);
  const kept = await here.cluster.vault.get(`connectors/${id}`);
  assert.ok(kept !== null && !JSON.stringify(shown).includes(kept));
  const ask = (issuer: string) =>
    service().test(
      here.admin,
      { name: 'x', enabled: true, position: 1, settings: { ...base, issuer, clientId: 'x' }, secret: 's' },
      null,
    );
  assert.equal((await ask(there.issuer)).ok, true);
  assert.equal((await ask('http://127.0.0.1:1')).ok, false);
  here.cluster.settings['connectors.allowPrivate'] = false;
  for (const issuer of [
    there.issuer,
    there.issuer.replace('http:', 'https:'),
    'https://169.254.169.254',
    'https://localhost',
  ])
    assert.equal((await ask(issuer)).ok, false, issuer);
  here.cluster.settings['connectors.allowPrivate'] = true;
  const ann = await here.person('lea');
  const asLea = contextOf(await identity().principalOf(ann));
  await assert.rejects(service().delete(asLea, id), (error) => isAppError(error, 'forbidden'));
});

test('the secret that is kept never follows to another address or name', async () => {
  const id = await connect();
  const name = `connectors/${id}`;
  const [shown] = (await service().list(here.admin)).filter((each) => each.id === id);
  assert.ok(shown?.settings.kind === 'oidc');
  const { settings } = shown;
  const rest = { name: 'Elsewhere', enabled: true, position: 1 };
  const kept = await here.cluster.vault.get(name);
  for (const change of [{ issuer: 'https://evil.example' }, { clientId: 'another' }]) {
    const moved = { ...rest, settings: { ...settings, ...change } };
    await assert.rejects(
      service().update(here.admin, id, moved),
      (error) => isAppError(error, 'invalid_input') && error.details?.['reason'] === 'secret_addressee',
    );
    const [same] = (await service().list(here.admin)).filter((each) => each.id === id);
    assert.deepEqual(same?.settings, settings);
  }
  const renamed = await service().update(here.admin, id, { ...rest, name: 'Renamed', settings });
  assert.deepEqual([renamed.name, await here.cluster.vault.get(name)], ['Renamed', kept]);
  const moved = { ...rest, settings: { ...settings, issuer: 'https://other.example' } };
  assert.equal((await service().update(here.admin, id, { ...moved, secret: 'new' })).hasSecret, true);
  assert.equal(await here.cluster.vault.get(name), 'new');
  assert.equal(
    (await service().update(here.admin, id, { ...rest, settings, secret: null })).hasSecret,
    false,
  );
  await service().update(here.admin, id, moved);
  await service().delete(here.admin, id);
});
