import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { after, before, describe, test, type TestContext } from 'node:test';
import { isAppError } from '../../../kernel/errors.ts';
import { makeCertificates } from '../../../testing/certificates.ts';
import { failure } from '../../../testing/expectations.ts';
import { openVault, skip, startVault, type OwnVault } from './testing.ts';

const token = 'token-canary';

test('refuses URLs and credentials that make no sense, before anything is opened', async () => {
  for (const url of ['vault:somewhere', 'vault://h:8200', 'vault://h:8200/secret?tls=perhaps'])
    assert.equal((await failure(openVault(url, { token }))).code, 'invalid_input', url);
  for (const login of [{}, { roleId: 'r' }, { secretId: 's' }, { token: '', roleId: '', secretId: 's' }]) {
    const { code, text } = await failure(openVault('vault://127.0.0.1:1/secret', login));
    assert.equal(code, 'invalid_input');
    assert.match(text, /VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID/);
  }
});

test('says soon that there is no server', async () => {
  const { code, text } = await failure(openVault('vault://127.0.0.1:1,127.0.0.1:2/secret', { token }));
  assert.equal(code, 'unavailable');
  assert.match(text, /REFUSED/);
  assert.doesNotMatch(text, /canary/);
});

/** A server that answers as it is told, for states that a real one is hard to bring into. */
async function fake(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  return `vault://127.0.0.1:${(server.address() as AddressInfo).port}/secret?tls=false`;
}

test('says what state a vault is in that can serve nobody', async (t) => {
  for (const [status, body, text, reason] of [
    [501, '{"initialized":false,"sealed":true}', /not initialised/, 'uninitialised'],
    [503, '{"initialized":true,"sealed":true}', /is sealed/, 'sealed'],
    [472, '{}', /disaster recovery/, undefined],
    [500, '{"errors":["something broke"]}', /500: something broke/, undefined],
    [502, '<html>', /status 502/, undefined],
  ] as const) {
    const url = await fake(t, (_request, response) => response.writeHead(status).end(body));
    await assert.rejects(openVault(url, { token }), (error) => {
      assert.ok(isAppError(error, 'unavailable'));
      assert.match(error.message, text);
      assert.equal(error.details['reason'], reason);
      return true;
    });
  }
});

describe('with a server', { skip }, () => {
  let vault: OwnVault;
  before(async () => (vault = await startVault()));
  after(() => vault.server.stop());
  const asRoot = (): { token: string } => ({ token: vault.rootToken });

  test('an AppRole with the policy of the README may do all but rotate', async () => {
    const store = await openVault(vault.url, await vault.appRole('1h', '24h'));
    await store.put('a/b', 'x', { createOnly: true });
    await assert.rejects(store.put('a/b', 'y', { createOnly: true }), { code: 'conflict' });
    await store.put('a/b', 'z');
    assert.deepEqual([await store.get('a/b'), await store.list('')], ['z', ['a/b']]);
    await store.delete('a/b');
    assert.deepEqual([await store.get('a/b'), await store.list('')], [null, []]);
    assert.match((await failure(store.rotate())).text, /policy of the vault does not permit/);
    assert.match((await store.ping()).version ?? '', /^\d+\.\d+/);
    await store.close();
  });

  test('close gives the token back; one that was given stays', async () => {
    const accessors = async () => (await vault.admin('GET', 'auth/token/accessors?list=true'))['keys'];
    const before = await accessors();
    const store = await openVault(vault.url, await vault.appRole('1h', '24h'));
    assert.notDeepEqual(await accessors(), before);
    await store.close();
    assert.deepEqual(await accessors(), before);
    await (await openVault(vault.url, asRoot())).close();
    await (await openVault(vault.url, asRoot())).close();
  });

  test('what an operator has deleted softly is absent, and may be created again', async () => {
    const store = await openVault(vault.url, asRoot());
    await store.put('soft', 'old');
    await vault.admin('DELETE', 'secret/data/volvox/soft');
    assert.equal(await store.get('soft'), null);
    const results = await Promise.allSettled(
      [1, 2, 3].map((i) => store.put('soft', `${i}`, { createOnly: true })),
    );
    assert.equal(results.filter((r) => r.status === 'fulfilled').length, 1);
    await store.delete('soft');
    await store.close();
  });

  test('an entry without our field is damaged, and not shown', async () => {
    const store = await openVault(vault.url, asRoot());
    await vault.admin('PUT', 'secret/data/volvox/foreign', { data: { other: 'value-canary' } });
    const { code, text } = await failure(store.get('foreign'));
    assert.equal(code, 'corrupt');
    assert.doesNotMatch(text, /value-canary/);
    await store.delete('foreign');
    await store.close();
  });

  test('lists hundreds of folders', async () => {
    const store = await openVault(vault.url, asRoot());
    const names = Array.from({ length: 120 }, (_, i) => `many/${i}/x/secret`).sort();
    for (let i = 0; i < names.length; i += 20)
      await Promise.all(names.slice(i, i + 20).map((name) => store.put(name, 'x')));
    assert.deepEqual(await store.list('many/'), names);
    assert.deepEqual(
      await store.list('many/7'),
      names.filter((name) => name.startsWith('many/7')),
    );
    assert.deepEqual(await store.list('many/7/x/s'), ['many/7/x/secret']);
    for (const odd of ['?', 'many/../', 'a//', 'many/%2e/']) assert.deepEqual(await store.list(odd), [], odd);
    await assert.rejects(store.put('many/../x', 'x'), { code: 'invalid_input' });
    await store.close();
  });

  test('finds the engine in the path, and says where there is none or another', async () => {
    await vault.admin('POST', 'sys/mounts/team/kv', { type: 'kv', options: { version: '2' } });
    await vault.admin('POST', 'sys/mounts/old', { type: 'kv', options: { version: '1' } });
    const at = (path: string): string => vault.url.replace('secret/volvox', path);
    const store = await openVault(at('team/kv/a/b'), asRoot());
    await store.put('k', 'x');
    assert.deepEqual((await vault.admin('GET', 'team/kv/metadata/a/b/?list=true'))['keys'], ['k']);
    await store.close();
    assert.equal((await failure(openVault(at('old/x'), asRoot()))).code, 'invalid_input');
    assert.match((await failure(openVault(at('none/x'), asRoot()))).text, /no secrets engine at none\/x/);
  });

  test('wrong credentials are told, and never shown', async () => {
    const { roleId } = await vault.appRole('1h', '24h');
    for (const login of [
      { token },
      { roleId, secretId: 'secret-canary' },
      { roleId: 'role-canary', secretId: 'x' },
    ]) {
      const { code, text } = await failure(openVault(vault.url, login));
      assert.equal(code, 'unauthenticated');
      assert.match(text, /the vault refuses VAULT_/);
      assert.doesNotMatch(text, /canary/);
    }
  });

  test('of several hosts takes the one that answers, and follows a standby to the active one', async (t) => {
    const port = new URL(vault.url.replace('vault:', 'http:')).port;
    const store = await openVault(vault.url.replace('//', '//127.0.0.1:1,'), asRoot());
    await store.put('k', 'x');
    await store.close();
    const url = await fake(t, (request, response) =>
      request.url?.startsWith('/v1/sys/health')
        ? response.end('{"version":"1"}')
        : response.writeHead(307, { location: `http://127.0.0.1:${port}${request.url}` }).end(),
    );
    const standby = await openVault(url.replace('secret', 'secret/volvox'), asRoot());
    await standby.put('k', 'y');
    assert.equal(await standby.get('k'), 'y');
    await standby.delete('k');
    await standby.close();
  });

  const certificates = skip === false ? makeCertificates() : null;
  test(
    'TLS is the default, with a client certificate where asked',
    { skip: certificates === null },
    async (t) => {
      assert.ok(certificates);
      const { ca, clientCert, clientKey, otherCa, serverCert, serverKey } = certificates;
      t.after(() => certificates.remove());
      const port = Number(new URL(vault.url.replace('vault:', 'http:')).port);
      const pem = { cert: readFileSync(serverCert), key: readFileSync(serverKey), ca: readFileSync(ca) };
      const front = createTlsServer({ ...pem, requestCert: true, rejectUnauthorized: true }, (client) => {
        const upstream = connect(port, '127.0.0.1');
        client.on('error', () => upstream.destroy());
        upstream.on('error', () => client.destroy());
        client.pipe(upstream).pipe(client);
      });
      front.on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
      t.after(() => new Promise((resolve) => front.close(resolve)));
      const at = `vault://127.0.0.1:${(front.address() as AddressInfo).port}/secret/volvox`;
      const mine = `tlsCert=${clientCert}&tlsKey=${clientKey}`;
      const store = await openVault(`${at}?tlsCA=${ca}&${mine}`, asRoot());
      await store.put('tls', 'x');
      await store.delete('tls');
      await store.close();
      for (const wrong of [`tlsCA=${ca}`, `tlsCA=${otherCa}&${mine}`, mine])
        assert.equal((await failure(openVault(`${at}?${wrong}`, asRoot()))).code, 'unavailable', wrong);
    },
  );
});
