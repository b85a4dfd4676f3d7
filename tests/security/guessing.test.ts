/** Guessing passwords: counted on all doors together, by login and by address; addresses cannot be made up; answers tell no names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, password, startPlace, type Place } from './support.ts';

const place = await startPlace();
for (const login of ['ann', 'bob', 'cleo', 'dora']) await place.makePerson(login);
const json = { 'content-type': 'application/json' };

let guess = 0;
type Door = (on: Place, login: string, secret: string, headers?: Record<string, string>) => Promise<Response>;
const doors: Record<string, Door> = {
  session: (on, login, secret, headers = {}) =>
    on.request('POST', '/api/v1/session', {
      body: JSON.stringify({ login, password: secret }),
      headers: { ...json, ...headers },
    }),
  rest: (on, login, secret, headers = {}) =>
    on.request('GET', '/api/v1/session', { headers: { authorization: basic(login, secret), ...headers } }),
  dav: (on, login, secret, headers = {}) =>
    on.request('PROPFIND', '/dav/', {
      headers: { authorization: basic(login, secret), depth: '0', ...headers },
    }),
  tus: (on, login, secret, headers = {}) =>
    on.request('HEAD', `/api/v1/uploads/${'0'.repeat(8)}`, {
      headers: { authorization: basic(login, secret), 'tus-resumable': '1.0.0', ...headers },
    }),
};
const wrong = (): string => `wrong-guess-${guess++}`;

test('ten wrong ones on any mix of doors shut all of them, also for the right password', async () => {
  const order = Object.values(doors);
  for (let n = 0; n < 10; n++) {
    const answer = await order[n % order.length]?.(place, 'ann', wrong());
    assert.equal(answer?.status, 401, String(n));
  }
  for (const [name, door] of Object.entries(doors)) {
    for (const secret of [wrong(), password]) {
      const answer = await door(place, 'ann', secret);
      assert.equal(answer.status, 429, name);
      assert.ok(Number(answer.headers.get('retry-after')) > 0, name);
    }
  }
  assert.equal((await doors['rest']?.(place, 'bob', password))?.status, 200);
});

test('the same login in another case, with blanks or with signs is the same, or none', async () => {
  for (let n = 0; n < 10; n++) await doors['rest']?.(place, n % 2 === 0 ? 'CLEO' : 'cLeo', wrong());
  assert.equal((await doors['rest']?.(place, 'cleo', password))?.status, 429);
  for (const login of [' dora', 'dora ', 'dora\u0000', 'dorа', 'dora\u200b', 'ⅾora'])
    assert.equal((await doors['session']?.(place, login, password))?.status, 401, JSON.stringify(login));
});

test('forwarded addresses count for nothing where no proxy is trusted', async () => {
  for (let n = 0; n < 10; n++)
    await doors['rest']?.(place, 'dora', wrong(), {
      'x-forwarded-for': `10.0.0.${n}`,
      forwarded: `for=10.0.0.${n}`,
      'x-real-ip': `10.0.0.${n}`,
      'cf-connecting-ip': `10.0.0.${n}`,
      'true-client-ip': `10.0.0.${n}`,
    });
  assert.equal(
    (await doors['rest']?.(place, 'dora', password, { 'x-forwarded-for': '10.9.9.9' }))?.status,
    429,
  );
});

test('a login that does not exist is answered, counted and shut like one that does', async () => {
  const told = async (login: string): Promise<string[]> => {
    const seen: string[] = [];
    for (let n = 0; n < 12; n++) {
      const answer = await doors['session']?.(place, login, wrong());
      const body = ((await answer?.text()) ?? '')
        .replace(/"requestId":"[^"]*"/, '')
        .replace(/"retryAfter":\d+/, '');
      const names = [...(answer?.headers.keys() ?? [])].join();
      seen.push(`${answer?.status} ${body} ${names}`);
    }
    return seen;
  };
  assert.deepEqual(await told('nobody-at-all'), await told('bob'));
});

test('where the public address is https, cookies never travel without it', async () => {
  const behind = await startPlace({ VOLVOX_URL: 'https://files.example.org' });
  await behind.makePerson('ann');
  const session = await doors['session']?.(behind, 'ann', password);
  assert.match(session?.headers.getSetCookie()[0] ?? '', /; Secure/);
  const foreign = { origin: 'https://evil.example' };
  assert.equal((await doors['session']?.(behind, 'ann', password, foreign))?.status, 403);
  const own = { origin: 'https://files.example.org' };
  assert.equal((await doors['session']?.(behind, 'ann', password, own))?.status, 201);
});

test('behind a trusted proxy the address is the one the proxy saw, not one that a client wrote before it', async () => {
  const behind = await startPlace({ VOLVOX_TRUST_PROXY: 'loopback' });
  await behind.makePerson('ann');
  for (let n = 0; n < 10; n++)
    await doors['rest']?.(behind, 'ann', wrong(), { 'x-forwarded-for': `198.51.100.${n}, 203.0.113.7` });
  const attacker = { 'x-forwarded-for': '198.51.100.99, 203.0.113.7' };
  assert.equal((await doors['rest']?.(behind, 'ann', password, attacker))?.status, 429);
  assert.equal(
    (await doors['rest']?.(behind, 'ann', password, { 'x-forwarded-for': '203.0.113.8' }))?.status,
    200,
  );
  const session = await doors['session']?.(behind, 'ann', password, {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
  });
  assert.match(session?.headers.getSetCookie()[0] ?? '', /; Secure/);
  const forged = await behind.request('GET', '/healthz', {
    headers: { 'x-request-id': 'a\tb"}{', 'x-forwarded-for': '<script>, a b, \u00ff' },
  });
  assert.match(forged.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
});
