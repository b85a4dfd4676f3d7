import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeCertificates } from '../../../testing/certificates.ts';
import { failure } from '../../../testing/expectations.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { Running } from '../../../testing/servers/running.ts';
import { command, listens, openRedis, portOf, skip, startRedis } from './testing.ts';
import { Unsure } from './unsure.ts';

const minute = 60_000;

test('refuses URLs that make no sense, before anything is opened', async () => {
  for (const url of [
    'redis:somewhere',
    'redis://127.0.0.1/one',
    'redis://h1,h2/0',
    'redis://h1/0?sentinelPassword=x',
    'rediss://127.0.0.1/0?tls=perhaps',
    'rediss://127.0.0.1/0?tls=false',
    'redis://127.0.0.1/0?tls=true&tlsCA=/no/such/file',
  ])
    assert.equal((await failure(openRedis(url))).code, 'invalid_input', url);
});

test('says soon that there is no server', async () => {
  const { code, text } = await failure(openRedis('redis://127.0.0.1:1/0'));
  assert.equal(code, 'unavailable');
  assert.match(text, /REFUSED/);
});

test('unsure: what is added again while it is settled stays; too many are everything', () => {
  const unsure = new Unsure();
  unsure.addKey('a');
  unsure.addKey('b');
  unsure.addPrefix('p:');
  const list = unsure.list();
  unsure.addKey('b');
  unsure.settled(list);
  assert.deepEqual(
    ['a', 'b', 'p:x'].map((key) => unsure.has(key)),
    [false, true, false],
  );
  for (let i = 0; i < 2_000; i++) unsure.addKey(`k${i}`);
  assert.ok(unsure.has('anything'));
  assert.deepEqual(unsure.list().prefixes, ['']);
  unsure.settled(unsure.list());
  assert.ok(unsure.empty);
});

describe('with a server', { skip }, () => {
  test('keys lie under the prefix, and clearing everything touches nothing else', async () => {
    const url = (await sharedServer('redis'))?.url ?? '';
    const [mine, others] = [await openRedis(`${url}?prefix=m*ne:`), await openRedis(`${url}?prefix=mine:`)];
    await mine.set('k', 1, minute);
    await others.set('k', 2, minute);
    await mine.clear('');
    assert.deepEqual([await mine.get('k'), await others.get('k')], [undefined, 2]);
    await others.clear('');
    await mine.close();
    await others.close();
  });

  test('clears ten thousand keys among others, in steps', async () => {
    const url = (await sharedServer('redis'))?.url ?? '';
    const cache = await openRedis(`${url}?prefix=many:`);
    for (let i = 0; i < 10_000; i += 500)
      await Promise.all(
        Array.from({ length: 500 }, (_, j) => cache.set(`${j % 2 ? 'a' : 'b'}:${i + j}`, 1, minute)),
      );
    await cache.clear('a:');
    const left = await Promise.all([
      cache.get('a:1'),
      cache.get('a:9999'),
      cache.get('b:0'),
      cache.get('b:9998'),
    ]);
    assert.deepEqual(left, [undefined, undefined, 1, 1]);
    await cache.clear('');
    await cache.close();
  });

  test('ping names the version of the server; what is no JSON is missing', async () => {
    const url = (await sharedServer('redis'))?.url ?? '';
    const cache = await openRedis(`${url}?prefix=foreign:`);
    assert.match((await cache.ping()).version ?? '', /^\d+\.\d+/);
    await command(portOf(url), 'SET foreign:k {not-json');
    assert.equal(await cache.get('k'), undefined);
    await cache.delete('k');
    await cache.close();
    await assert.rejects(cache.ping(), { code: 'unavailable' });
    assert.equal(await cache.get('k'), undefined);
  });
});

describe('credentials', { skip }, () => {
  test('user and password are taken; wrong ones are told, and never shown', async () => {
    const server = await startRedis(() => [
      '--user',
      'volvox',
      'on',
      '>right-canary',
      '~*',
      '+@all',
      '--requirepass',
      'x',
    ]);
    after(() => server.stop());
    const at = `127.0.0.1:${server.port}/0`;
    const cache = await openRedis(`redis://volvox:right-canary@${at}`);
    await cache.set('k', 1, minute);
    assert.equal(await cache.get('k'), 1);
    await cache.close();
    for (const user of ['volvox:wrong-canary@', 'nobody:right-canary@', ':wrong-canary@', '']) {
      const { code, text } = await failure(openRedis(`redis://${user}${at}`));
      assert.equal(code, 'unavailable');
      assert.match(text, /refuses the credentials/, user);
      assert.doesNotMatch(text, /canary/);
    }
  });

  test('a Redis Cluster is refused with a word', async () => {
    const server = await startRedis(() => ['--cluster-enabled', 'yes']);
    after(() => server.stop());
    const { code, text } = await failure(openRedis(`redis://127.0.0.1:${server.port}/0`));
    assert.equal(code, 'invalid_input');
    assert.match(text, /Cluster is not supported/);
  });
});

const certificates = skip === false ? makeCertificates() : null;
describe('TLS', { skip: skip || (certificates === null && 'no openssl') }, () => {
  let server: Running;
  before(async () => {
    assert.ok(certificates);
    const { ca, serverCert, serverKey } = certificates;
    server = await startRedis(
      (_folder, port) => [
        ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'yes'],
        ...['--tls-ca-cert-file', ca, '--tls-cert-file', serverCert, '--tls-key-file', serverKey],
      ],
      listens,
    );
  });
  after(() => Promise.all([server.stop(), certificates?.remove()]));

  test('with a client certificate; without one, or with a foreign authority, refused', async () => {
    assert.ok(certificates);
    const { ca, clientCert, clientKey, otherCa } = certificates;
    const mine = `tlsCert=${clientCert}&tlsKey=${clientKey}`;
    const at = `127.0.0.1:${server.port}/0`;
    for (const url of [
      `rediss://${at}?tlsCA=${ca}&${mine}`,
      `redis://${at}?tls=true&tlsCA=${ca}&${mine}`,
      `rediss://${at}?tlsInsecure=true&${mine}`,
    ]) {
      const cache = await openRedis(url);
      await cache.set('k', 1, minute);
      assert.equal(await cache.get('k'), 1);
      await cache.close();
    }
    for (const wrong of [`tlsCA=${ca}`, `tlsCA=${otherCa}&${mine}`, mine])
      assert.equal((await failure(openRedis(`rediss://${at}?${wrong}`))).code, 'unavailable', wrong);
  });
});
