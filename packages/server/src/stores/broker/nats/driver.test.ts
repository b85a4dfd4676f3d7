import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { connect } from '@nats-io/transport-node';
import { silentLogger } from '../../../kernel/logger.ts';
import { makeCertificates } from '../../../testing/certificates.ts';
import { failure, until } from '../../../testing/expectations.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { openNats, skip, startNats } from './testing.ts';

test('refuses URLs that make no sense, before anything is opened', async () => {
  for (const url of [
    'nats:somewhere',
    'nats://127.0.0.1/two words',
    'nats://127.0.0.1/a.*',
    'nats://u:p@127.0.0.1?token=t',
    'nats://127.0.0.1?credentials=/no/such/file',
    'nats://127.0.0.1?tls=perhaps',
  ])
    assert.equal((await failure(openNats(url))).code, 'invalid_input', url);
});

test('says soon that there is no server', async () => {
  const { code, text } = await failure(openNats('nats://127.0.0.1:1,127.0.0.1:2'));
  assert.equal(code, 'unavailable');
  assert.match(text, /refused/);
});

describe('with a server', { skip }, () => {
  test('clusters with different prefixes share a server and hear nothing of one another', async () => {
    const url = (await sharedServer('nats'))?.url ?? '';
    const [a, b, c] = [await openNats(`${url}/one`), await openNats(`${url}/one/two`), await openNats(url)];
    const seen: string[] = [];
    await a.subscribe('t', () => void seen.push('a'));
    await b.subscribe('t', () => void seen.push('b'));
    await c.subscribe('t', () => void seen.push('c'));
    for (const store of [a, b, c]) await store.publish('t', 1);
    await until(() => seen.length >= 3, 'three messages');
    for (const store of [a, b, c]) await store.ping();
    assert.deepEqual(seen.toSorted(), ['a', 'b', 'c']);
    for (const store of [a, b, c]) await store.close();
  });

  test('what others send that cannot be ours is a gap: no line in the log, and nothing kept', async () => {
    const url = (await sharedServer('nats'))?.url ?? '';
    const logged: unknown[] = [];
    const store = await openNats(`${url}/strangers`, {
      ...silentLogger,
      error: (...line) => logged.push(line),
    });
    const seen: unknown[] = [];
    let gaps = 0;
    await store.subscribe('t', (payload) => void seen.push(payload), { onGap: () => void gaps++ });
    const stranger = await connect({ servers: new URL(url).host });
    for (const text of ['no JSON', '', `"${'x'.repeat(65 * 1024)}"`]) stranger.publish('strangers.t', text);
    await stranger.flush();
    await until(() => gaps > 0, 'a gap');
    await store.publish('t', 'ours');
    await until(() => seen.length > 0, 'our message');
    assert.deepEqual([seen, logged], [['ours'], []]);
    await stranger.close();
    await store.close();
  });

  test('ping names the version of the server', async () => {
    const store = await openNats((await sharedServer('nats'))?.url ?? '');
    assert.match((await store.ping()).version ?? '', /^\d+\.\d+/);
    await store.close();
    await assert.rejects(store.ping(), { code: 'unavailable' });
  });

  test('what was handed over before close arrives', async () => {
    const url = (await sharedServer('nats'))?.url ?? '';
    const [a, b] = [await openNats(url), await openNats(url)];
    let seen = 0;
    await b.subscribe('closing', () => void seen++);
    for (let i = 0; i < 1_000; i++) await a.publish('closing', 'x'.repeat(1_000));
    await a.close();
    await until(() => seen === 1_000, 'all messages');
    await b.close();
  });
});

describe('credentials', { skip }, () => {
  test('user and password are taken; wrong ones are told, and never shown', async () => {
    const server = await startNats(['--user', 'volvox', '--pass', 'right-canary']);
    after(() => server.stop());
    const at = `127.0.0.1:${server.port}`;
    const store = await openNats(`nats://volvox:right-canary@${at}`);
    await store.ping();
    await store.close();
    const { code, text } = await failure(openNats(`nats://volvox:wrong-canary@${at}`));
    assert.equal(code, 'unavailable');
    assert.match(text, /refuses the credentials/);
    assert.doesNotMatch(text, /canary/);
    assert.match((await failure(openNats(`nats://${at}`))).text, /refuses the credentials/);
  });

  test('so is a token', async () => {
    const server = await startNats(['--auth', 'token-canary']);
    after(() => server.stop());
    const store = await openNats(`nats://127.0.0.1:${server.port}?token=token-canary`);
    await store.ping();
    await store.close();
    const { text } = await failure(openNats(`nats://127.0.0.1:${server.port}?token=wrong-canary`));
    assert.match(text, /refuses the credentials/);
    assert.doesNotMatch(text, /canary/);
  });
});

const certificates = skip === false ? makeCertificates() : null;
describe('TLS', { skip: skip || (certificates === null && 'no openssl') }, () => {
  after(() => certificates?.remove());

  test('with a client certificate; without one, or with a foreign authority, refused', async () => {
    assert.ok(certificates);
    const { ca, clientCert, clientKey, otherCa } = certificates;
    const server = await startNats([
      ...['--tls', '--tlsverify', '--tlscacert', ca],
      ...['--tlscert', certificates.serverCert, '--tlskey', certificates.serverKey],
    ]);
    after(() => server.stop());
    const at = `nats://127.0.0.1:${server.port}`;
    const mine = `tlsCert=${clientCert}&tlsKey=${clientKey}`;
    for (const trust of [`tlsCA=${ca}`, 'tlsInsecure=true']) {
      const store = await openNats(`${at}?tls=true&${trust}&${mine}`);
      await store.ping();
      await store.close();
    }
    for (const wrong of [`tlsCA=${ca}`, `tlsCA=${otherCa}&${mine}`, `${mine}`])
      assert.equal((await failure(openNats(`${at}?tls=true&${wrong}`))).code, 'unavailable', wrong);
  });

  test('tls=true is never talked down to plain text', { skip }, async () => {
    const url = (await sharedServer('nats'))?.url ?? '';
    const { code, text } = await failure(openNats(`${url}?tls=true`));
    assert.equal(code, 'unavailable');
    assert.match(text, /tls/);
  });
});
