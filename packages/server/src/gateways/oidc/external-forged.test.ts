/** What a provider outside may answer with: a made-up one gives out ID tokens of every wrong kind. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { Browser, openProvider, type Provider } from './testing.ts';

let here: Provider;
let elsewhere: Server;
let issuer: string;
let connectorId: string;
const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const foreign = await generateKeyPair('RS256');
const secret = 'a secret of the client that is long enough';
/** Makes the ID token of the next answer. */
let forge: (claims: JWTPayload) => Promise<string>;
let nonce = '';

before(async () => {
  here = await openProvider();
  elsewhere = createServer((request, response) => {
    void answerTo(request.url ?? '').then((body) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const made = await here.nodes[0]?.connectors.create(here.admin, {
    ...{ name: 'Made up', enabled: true, position: 1, secret },
    settings: {
      ...{ kind: 'oidc', issuer, clientId: 'volvox', scopes: [], loginClaim: 'login', nameClaim: 'name' },
      ...{ emailClaim: 'email', groupsClaim: 'groups', secondStep: false, linking: true, createUsers: true },
      ...{ attributes: {}, groups: [] },
    },
  });
  connectorId = made?.id ?? '';
});
after(async () => {
  elsewhere.closeAllConnections();
  elsewhere.close();
  await here.close();
});

async function answerTo(url: string): Promise<unknown> {
  if (url.startsWith('/keys')) return { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] };
  if (url.startsWith('/token')) {
    const now = Math.floor(here.cluster.clock.time / 1000);
    const times = { iat: now, exp: now + 300 };
    const claims = { iss: issuer, aud: 'volvox', sub: 'eve', login: 'eve', nonce, ...times };
    return { access_token: 'x', token_type: 'bearer', id_token: await forge(claims) };
  }
  return {
    issuer,
    ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
    ...{ jwks_uri: `${issuer}/keys`, response_types_supported: ['code'] },
    ...{ id_token_signing_alg_values_supported: ['RS256'], subject_types_supported: ['public'] },
  };
}

const signed = (claims: JWTPayload, key = privateKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(key);
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @returns where the browser is sent, and whether it is signed in */
async function signIn(): Promise<{ readonly location: string; readonly inside: boolean }> {
  const browser = new Browser(here);
  const began = await browser.send('GET', `/auth/external/${connectorId}/start`);
  const asked = new URL(String(began.headers.location)).searchParams;
  nonce = asked.get('nonce') ?? '';
  const back = new URLSearchParams({ code: 'x', state: asked.get('state') ?? '' });
  const done = await browser.send('GET', `/auth/external/${connectorId}/callback?${back.toString()}`);
  const { status } = await browser.rest('GET', '/session');
  return { location: String(done.headers.location), inside: status === 200 };
}

const forgeries: Record<string, typeof forge> = {
  'without a signature': async (claims) => `${base64({ alg: 'none' })}.${base64(claims)}.`,
  'signed with the secret of the client': (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'k' }).sign(Buffer.from(secret)),
  'signed with another key under the name of theirs': (claims) => signed(claims, foreign.privateKey),
  'changed after it was signed': async (claims) => {
    const [head, , signature] = (await signed(claims)).split('.');
    return `${head}.${base64({ ...claims, sub: 'root', login: 'root' })}.${signature}`;
  },
  'of another issuer': (claims) => signed({ ...claims, iss: 'https://evil.example' }),
  'for another application': (claims) => signed({ ...claims, aud: 'another' }),
  'for another log-in': (claims) => signed({ ...claims, nonce: 'another' }),
  'for no log-in': ({ nonce: _nonce, ...claims }) => signed(claims),
  'that is over': (claims) => signed({ ...claims, iat: 1, exp: 2 }),
};

for (const [kind, make] of Object.entries(forgeries))
  test(`an ID token ${kind} lets nobody in`, async () => {
    forge = make;
    const { location, inside } = await signIn();
    assert.match(location, /^\/login#external=/);
    assert.equal(inside, false);
    assert.equal(await here.nodes[0]?.identity.userByLogin('eve'), null);
  });

test('the right one does', async () => {
  forge = (claims) => signed(claims);
  assert.deepEqual(await signIn(), { location: '/', inside: true });
});
