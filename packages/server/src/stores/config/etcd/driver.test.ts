import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { makeCertificates } from '../../../testing/certificates.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { etcdAddress } from '../../clients/etcd/address.ts';
import { EtcdConnection } from '../../clients/etcd/connection.ts';
import {
  byHand,
  eventually,
  freshPlace,
  keptLog,
  losingAnswers,
  ownEtcd,
  startMembers,
  succeeds,
} from '../../clients/etcd/testing.ts';
import { Watcher } from '../watch.suite.ts';
import { EtcdConfigStore } from './store.ts';
import { open, valuesOf } from './testing.ts';

const shared = await sharedServer('etcd');
const skip = shared === null ? 'no etcd on this machine' : false;

describe('config: etcd that others write to', { skip }, () => {
  test('clusters whose prefixes begin alike see nothing of one another', async (t) => {
    const { url } = freshPlace(shared?.url ?? '');
    const names = ['', '2', '/config', '/a/b'];
    const stores = await Promise.all(names.map((name) => open(t, url + name)));
    for (const [i, store] of stores.entries()) await store.set('a/b', i);
    for (const [i, store] of stores.entries())
      assert.deepEqual(
        (await store.list('')).entries.map(({ key, value }) => [key, value]),
        [['a/b', i]],
        names[i],
      );
    await stores[0]?.delete('a');
    for (const [i, store] of stores.entries())
      assert.equal((await store.get('a/b'))?.value, i === 0 ? undefined : i, names[i]);
  });

  test('a damaged value is named; a list and a watcher keep the last good one', async (t) => {
    const { at, prefix, url } = freshPlace(shared?.url ?? '');
    const { deps, lines } = keptLog();
    const store = await open(t, url, { deps, lines });
    await store.set('a/b', { good: 1 });
    await store.set('c', 1);
    const watcher = new Watcher(store, '', 0);
    await watcher.until((changes) => changes.length === 2);
    await byHand(at).put(`${prefix}/config/values/a/b`, '{"good": 2');
    await byHand(at).put(`${prefix}/config/values/never/set`, 'nonsense');
    await byHand(at).put(`${prefix}/config/values/no key`, '1');
    await byHand(at).put(`${prefix}/config/values/by/hand`, '3');
    await watcher.until((changes) => changes.length === 3);
    await watcher.end();
    assert.deepEqual(valuesOf(watcher), [{ good: 1 }, 1, 3]);
    const named = lines
      .filter(({ level }) => level === 'error')
      .map(({ fields }) => Reflect.get(fields, 'entry'));
    assert.deepEqual(named.toSorted(), [
      `${prefix}/config/values/a/b`,
      `${prefix}/config/values/never/set`,
      `${prefix}/config/values/no key`,
    ]);
    const { entries } = await store.list('');
    assert.deepEqual(
      entries.map(({ key, value }) => [key, value]),
      [
        ['a/b', { good: 1 }],
        ['by/hand', 3],
        ['c', 1],
      ],
    );
    await assert.rejects(store.get('a/b'), { code: 'corrupt', message: /"a\/b"/ });
    const damaged = entries[0]?.revision ?? 0;
    await store.set('a/b', 'mended', { expectedRevision: damaged });
    assert.equal((await store.get('a/b'))?.value, 'mended');
  });

  test('history is pruned, and tells removals from above', async (t) => {
    const { at, prefix, url } = freshPlace(shared?.url ?? '');
    const store = await open(t, url);
    for (let i = 0; i < 90; i++) await store.set('a/b', i, { actor: 'me' });
    assert.ok((await byHand(at).keys(`${prefix}/config/history/`)).length <= 40);
    const after = await store.delete('a', { actor: 'you' });
    await store.delete('a');
    const [last, former] = await store.history('a/b', 30);
    assert.deepEqual([last?.value, last?.actor, last?.revision], [undefined, 'you', after]);
    assert.deepEqual([former?.value, former?.actor], [89, 'me']);
    assert.ok((await store.history('a/b', 30)).length >= 21);
    assert.deepEqual(await store.history('a', 5), []);
  });

  test('a change whose answer was lost is made once', async (t) => {
    const { url } = freshPlace(shared?.url ?? '');
    const address = etcdAddress(parseStoreUrl(url));
    let lose = false;
    const losing = losingAnswers((name, request) => {
      const loses = lose && name === 'KV.Txn' && 'compare' in request;
      if (loses) lose = false;
      return loses;
    });
    const { deps } = keptLog();
    const store = new EtcdConfigStore(new EtcdConnection(address, losing, deps.clock, deps.log), deps);
    t.after(() => store.close());
    lose = true;
    const first = await store.set('k', 1, { expectedRevision: 0 });
    assert.equal((await store.get('k'))?.revision, first);
    lose = true;
    const removed = await store.delete('k', { expectedRevision: first });
    assert.deepEqual(
      (await store.history('k', 9)).map(({ value, revision }) => [value, revision]),
      [
        [undefined, removed],
        [1, first],
      ],
    );
    assert.equal((await store.list('')).revision, removed);
  });

  test('a watcher that lags far behind gets all, in order', async (t) => {
    const { url } = freshPlace(shared?.url ?? '');
    const store = await open(t, url);
    const stop = new AbortController();
    const changes = store.watch('', 0, stop.signal)[Symbol.asyncIterator]();
    await store.set('k', 0);
    assert.equal((await changes.next()).value?.value, 0);
    for (let from = 1; from <= 2_401; from += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => store.set(`k${i}`, from)));
    for (let from = 1; from <= 2_401; from += 100)
      for (let i = 0; i < 100; i++) assert.equal((await changes.next()).value?.value, from);
    stop.abort();
    assert.equal((await changes.next()).done, true);
  });

  test('a full etcd says so; reading goes on', async (t) => {
    const { server, at } = await ownEtcd(t);
    const store = await open(t, server.url);
    await store.set('k', 1);
    const { post } = byHand(at);
    const { header } = await post('maintenance/status', {});
    const member = { memberID: Reflect.get(Object(header), 'member_id'), alarm: 'NOSPACE' };
    await post('maintenance/alarm', { ...member, action: 'ACTIVATE' });
    await assert.rejects(store.set('k', 2), { code: 'storage_full' });
    assert.equal((await store.get('k'))?.value, 1);
    await post('maintenance/alarm', { ...member, action: 'DEACTIVATE' });
    await store.set('k', 2);
  });

  test('a folder of hundreds of keys goes in one piece', async (t) => {
    const { url } = freshPlace(shared?.url ?? '');
    const store = await open(t, url);
    await Promise.all(Array.from({ length: 300 }, (_, i) => store.set(`many/${i}`, i)));
    const { revision } = await store.list('');
    const watcher = new Watcher(store, 'many', revision);
    const removed = await store.delete('many');
    await watcher.until((changes) => changes.length === 300);
    await watcher.end();
    assert.ok(watcher.changes.every((change) => change.value === undefined && change.revision === removed));
    assert.equal((await store.history('many/299', 1))[0]?.revision, removed);
  });
});

describe('config: etcd that asks who we are', { skip }, () => {
  test('user and password; wrong ones are refused without being shown', async (t) => {
    const { server, at } = await ownEtcd(t);
    const { post, grant } = byHand(at);
    for (const [name, password, prefix] of [
      ['root', 'r00t', ''],
      ['volvox', 's3cret word', 'p/'],
    ] as const) {
      await post('auth/user/add', { name, password });
      await post('auth/role/add', { name });
      if (prefix !== '') await grant(name, prefix);
      await post('auth/user/grant', { user: name, role: name });
    }
    const early = await open(t, `etcd://volvox:unused@${at}/p`);
    await early.set('k', 0);
    await post('auth/enable', {});
    const store = await open(t, `etcd://volvox:s3cret%20word@${at}/p`);
    const watcher = new Watcher(store, '', 0);
    await store.set('k', 1);
    await watcher.until((changes) => changes.length === 2);
    const { token } = await post('auth/authenticate', { name: 'root', password: 'r00t' });
    await byHand(at, String(token)).post('auth/user/add', { name: 'other', password: 'x' });
    await store.set('k', 2);
    await server.kill(); // and with it the tokens
    await server.start();
    await eventually('a call succeeds', () => succeeds(store.set('k', 3)));
    await watcher.until((changes) => changes.at(-1)?.value === 3);
    await watcher.end();
    const refused = async (credentials: string, prefix: string, message: RegExp): Promise<void> =>
      assert.rejects(open(t, `etcd://${credentials}${at}/${prefix}`), (error: Error & { code: string }) => {
        assert.equal(error.code, 'unavailable');
        assert.match(error.message, message);
        assert.ok(!error.message.includes('wr0ng') && !String(error.cause).includes('wr0ng'));
        return true;
      });
    await refused('volvox:wr0ng@', 'p', /refuses this user or password/);
    await refused('', 'p', /asks for a user and a password/);
    await refused('volvox:s3cret%20word@', 'q', /denies this user/);
  });

  test('TLS with client certificates', async (t) => {
    const certificates = makeCertificates();
    if (certificates === null) return t.skip('NO OPENSSL ON THIS MACHINE: TLS TO ETCD IS NOT TESTED');
    t.after(() => certificates.remove());
    const { ca, otherCa, serverCert, serverKey, clientCert, clientKey } = certificates;
    const flags = ['--cert-file', serverCert, '--key-file', serverKey, '--trusted-ca-file', ca];
    const cluster = await startMembers(1, 'https', [...flags, '--client-cert-auth']);
    t.after(() => cluster.stop());
    const url = `etcd://127.0.0.1:${cluster.ports[0]}/p?tls=true`;
    const ours = `&tlsCert=${clientCert}&tlsKey=${clientKey}`;
    await eventually('etcd answers', () =>
      open(t, `${url}&tlsCA=${ca}${ours}`).then(
        () => true,
        () => false,
      ),
    );
    const store = await open(t, `${url}&tlsCA=${ca}${ours}`);
    await store.set('k', 1);
    const watcher = new Watcher(store, '', 0);
    await watcher.until((changes) => changes.length === 1);
    await watcher.end();
    await assert.rejects(open(t, `${url}&tlsCA=${ca}`), { code: 'unavailable' }, 'without our certificate');
    await assert.rejects(
      open(t, `${url}&tlsCA=${otherCa}${ours}`),
      { code: 'unavailable' },
      'not our server',
    );
    const mixed = `&tlsCert=${serverCert}&tlsKey=${clientKey}`;
    await assert.rejects(open(t, `${url}&tlsCA=${ca}${mixed}`), { code: 'invalid_input' }, 'not a pair');
    const unchecked = await open(t, `${url}&tlsCA=${otherCa}${ours}&tlsInsecure=true`);
    assert.equal((await unchecked.get('k'))?.value, 1);
  });

  test('bad URLs are refused', async (t) => {
    for (const url of [
      'etcd:',
      'etcd:///p',
      'etcd://user@h/p',
      'etcd://h/p?tlsCA=/none',
      'etcd://h/p?tls=yes',
    ])
      await assert.rejects(open(t, url), { code: 'invalid_input' }, url);
  });
});
