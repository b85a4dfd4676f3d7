import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { newId } from '../../../kernel/ids.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { makeCertificates } from '../../../testing/certificates.ts';
import { faultProxy, sharedServer, startServer } from '../../../testing/servers/index.ts';
import { etcdAddress } from '../../clients/etcd/address.ts';
import { EtcdConnection } from '../../clients/etcd/connection.ts';
import { loadGrpc, type GrpcChannel, type OpenChannel } from '../../clients/etcd/grpc.ts';
import {
  byHand,
  eventually,
  freePorts,
  keptLog,
  portOf,
  startMembers,
  type Members,
} from '../../clients/etcd/testing.ts';
import type { ConfigStore } from '../contract.ts';
import { Watcher } from '../watch.suite.ts';
import { configEtcdDriver } from './driver.ts';
import { EtcdConfigStore } from './store.ts';

const shared = await sharedServer('etcd');
const skip = shared === null ? 'no etcd on this machine' : false;

async function open(t: TestContext, url: string, { deps } = keptLog()): Promise<ConfigStore> {
  const store = await configEtcdDriver.open(parseStoreUrl(url), deps);
  t.after(() => store.close());
  return store;
}

async function own(t: TestContext) {
  const server = await startServer('etcd');
  t.after(() => server.stop());
  return { server, port: portOf(server.url) };
}

/** A place of its own on the common server. */
function place() {
  const port = portOf(shared?.url ?? '');
  const prefix = newId();
  return { port, prefix, url: `etcd://127.0.0.1:${port}/${prefix}` };
}

const valuesOf = (watcher: Watcher) => watcher.changes.map((change) => change.value);

describe('config: etcd that fails', { skip, concurrency: true }, () => {
  test('killed and started again: calls fail meanwhile, a watch goes on where it was', async (t) => {
    const { server } = await own(t);
    const { deps, lines } = keptLog();
    const store = await open(t, server.url, { deps, lines });
    await store.set('k', 0);
    const watcher = new Watcher(store, '', 0);
    await watcher.until((changes) => changes.length === 1);
    await server.kill();
    const before = performance.now();
    await assert.rejects(store.set('k', 'lost'), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'unavailable');
      assert.ok(error.message.includes(`127.0.0.1:${portOf(server.url)}`), error.message);
      return true;
    });
    await assert.rejects(store.ping(), { code: 'unavailable' });
    assert.ok(performance.now() - before < 9_000);
    await new Promise((done) => setTimeout(done, 3_000)); // how much is logged meanwhile is the subject
    assert.ok(lines.length < 5, JSON.stringify(lines));
    await server.start();
    const back = performance.now();
    await eventually('a call succeeds', () => succeeds(store.set('k', 1)), 5_000);
    for (const value of [2, 3]) await store.set('k', value);
    await watcher.until((changes) => changes.length >= 4);
    assert.ok(performance.now() - back < 6_000);
    assert.deepEqual(valuesOf(watcher), [0, 1, 2, 3]);
    await watcher.end();
  });

  test('cut off while etcd was written and compacted: the watch ends at the present, removals included', async (t) => {
    const { server, port } = await own(t);
    const proxy = await faultProxy(port);
    t.after(() => proxy.close());
    const far = await open(t, `etcd://127.0.0.1:${proxy.port}/p`);
    const near = await open(t, `etcd://127.0.0.1:${port}/p`);
    for (const key of ['stays', 'changes', 'gone', 'gone/below', 'byhand']) await near.set(key, 'old');
    const watcher = new Watcher(far, '', 0);
    await watcher.until((changes) => changes.length === 5);
    proxy.cut();
    await near.set('changes', 1);
    await near.delete('gone');
    await byHand(port).remove('p/config/values/byhand');
    await near.set('changes', 2);
    await near.set('new', 'new');
    await byHand(port).compact();
    proxy.heal();
    await watcher.until((changes) => changes.some((change) => change.key === 'new'));
    await watcher.until((changes) => changes.some((change) => change.key === 'byhand' && !change.value));
    await near.set('later', 1);
    await watcher.until((changes) => changes.some((change) => change.key === 'later'));
    await watcher.end();
    const told = watcher.changes.slice(5).map(({ key, value }) => [key, value]);
    assert.deepEqual(
      told.toSorted(([a], [b]) => String(a).localeCompare(String(b))),
      [
        ['byhand', undefined],
        ['changes', 2],
        ['gone', undefined],
        ['gone/below', undefined],
        ['later', 1],
        ['new', 'new'],
      ],
    );
    assert.equal(server.pid > 0, true);
  });

  test('a watch from a revision that was compacted tells what changed and what is gone since', async (t) => {
    const { server, port } = await own(t);
    const store = await open(t, server.url);
    await store.set('before', 1);
    await store.set('removed/long/ago', 1);
    await store.delete('removed');
    await store.set('tree/a', 1);
    const { revision } = await store.list('');
    await store.delete('tree');
    await store.set('other', 2);
    await byHand(port).compact();
    const watcher = new Watcher(store, '', revision);
    await watcher.until((changes) => changes.length >= 2);
    await watcher.end();
    assert.deepEqual(
      watcher.changes.map(({ key, value }) => [key, value]),
      [
        ['other', 2],
        ['tree/a', undefined],
      ],
    );
  });

  test('frozen: calls end in time, the watch is made anew and has missed nothing', async (t) => {
    const { server } = await own(t);
    const store = await open(t, server.url);
    const watcher = new Watcher(store, '', 0);
    await store.set('k', 1);
    await watcher.until((changes) => changes.length === 1);
    server.freeze();
    const before = performance.now();
    await assert.rejects(store.get('k'), { code: 'unavailable', message: /does not answer in time/ });
    assert.ok(performance.now() - before < 9_000);
    const ping = performance.now();
    await assert.rejects(store.ping(), { code: 'unavailable' });
    assert.ok(performance.now() - ping < 2_500);
    await new Promise((done) => setTimeout(done, 4_000)); // longer than the watchdog waits
    server.thaw();
    await eventually('a call succeeds', () => succeeds(store.set('k', 2)), 5_000);
    await watcher.until((changes) => changes.at(-1)?.value === 2);
    await watcher.end();
    assert.deepEqual(valuesOf(watcher), [1, 2]);
  });

  test('a connection that carries nothing any more is left, though it stays open', async (t) => {
    const { port } = await own(t);
    const proxy = await faultProxy(port);
    t.after(() => proxy.close());
    const store = await open(t, `etcd://127.0.0.1:${proxy.port}/p`);
    const near = await open(t, `etcd://127.0.0.1:${port}/p`);
    const watcher = new Watcher(store, '', 0);
    await near.set('k', 1);
    await watcher.until((changes) => changes.length === 1);
    proxy.blackhole();
    await assert.rejects(store.set('k', 'lost'), { code: 'unavailable' });
    await near.set('k', 2);
    proxy.heal();
    await watcher.until((changes) => changes.at(-1)?.value === 2);
    assert.equal((await store.get('k'))?.value, 2);
    await watcher.end();
  });
});

describe('config: etcd with several members', { skip, concurrency: true }, () => {
  test('one of three frozen: calls and the watch move to another', { timeout: 120_000 }, async (t) => {
    const cluster = await members(t, 3);
    const hosts = cluster.ports.map((port) => `127.0.0.1:${port}`).join(',');
    const stores = await Promise.all([1, 2, 3, 4].map(() => open(t, `etcd://${hosts}/p`)));
    const watchers = stores.map((store) => new Watcher(store, '', 0));
    await stores[0]?.set('k', 'before');
    for (const watcher of watchers) await watcher.until((changes) => changes.length === 1);
    for (const [index, child] of cluster.processes.entries()) {
      child.kill('SIGSTOP');
      const frozen = performance.now();
      await Promise.all(
        stores.map((store, from) =>
          eventually(
            `store ${from} works without member ${index}`,
            () =>
              store.set(`k${from}`, index).then(
                () => true,
                () => false,
              ),
            10_000,
          ),
        ),
      );
      for (const watcher of watchers)
        await watcher.until((changes) => changes.filter((change) => change.value === index).length === 4);
      assert.ok(performance.now() - frozen < 12_000, `${performance.now() - frozen} ms`);
      child.kill('SIGCONT');
      await eventually('all members work', () => healthy(cluster));
    }
    for (const watcher of watchers) {
      await watcher.end();
      assert.equal(watcher.changes.length, 13, 'nothing twice');
    }
  });

  test('a dead first host is passed over; where none answers, all are named within 5 seconds', async (t) => {
    const { port, prefix } = place();
    const [dead, dead2] = await freePorts(2);
    for (let i = 0; i < 6; i++) {
      const store = await open(t, `etcd://127.0.0.1:${dead},127.0.0.1:${port}/${prefix}`);
      assert.ok((await store.ping()).version?.startsWith('3.'));
    }
    const before = performance.now();
    await assert.rejects(open(t, `etcd://127.0.0.1:${dead},127.0.0.1:${dead2}/x`), {
      code: 'unavailable',
      message: new RegExp(`127.0.0.1:${dead}, 127.0.0.1:${dead2} cannot be reached .*ECONNREFUSED`),
    });
    const { server } = await own(t);
    server.freeze();
    await assert.rejects(open(t, server.url), {
      code: 'unavailable',
      message: /127.0.0.1:\d+ does not answer in time/,
    });
    server.thaw();
    assert.ok(performance.now() - before < 10_000);
  });
});

describe('config: etcd that others write to', { skip }, () => {
  test('a damaged value is named; a list and a watcher keep the last good one', async (t) => {
    const { port, prefix, url } = place();
    const { deps, lines } = keptLog();
    const store = await open(t, url, { deps, lines });
    await store.set('a/b', { good: 1 });
    await store.set('c', 1);
    const watcher = new Watcher(store, '', 0);
    await watcher.until((changes) => changes.length === 2);
    await byHand(port).put(`${prefix}/config/values/a/b`, '{"good": 2');
    await byHand(port).put(`${prefix}/config/values/never/set`, 'nonsense');
    await byHand(port).put(`${prefix}/config/values/no key`, '1');
    await byHand(port).put(`${prefix}/config/values/by/hand`, '3');
    await watcher.until((changes) => changes.length === 3);
    await watcher.end();
    assert.deepEqual(valuesOf(watcher), [{ good: 1 }, 1, 3]);
    const named = lines
      .filter(({ level }) => level === 'error')
      .map(({ fields }) => Reflect.get(fields, 'key'));
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
    const { port, prefix, url } = place();
    const store = await open(t, url);
    for (let i = 0; i < 90; i++) await store.set('a/b', i, { actor: 'me' });
    assert.ok((await byHand(port).keys(`${prefix}/config/history/`)).length <= 40);
    const after = await store.delete('a', { actor: 'you' });
    await store.delete('a');
    const [last, former] = await store.history('a/b', 30);
    assert.deepEqual([last?.value, last?.actor, last?.revision], [undefined, 'you', after]);
    assert.deepEqual([former?.value, former?.actor], [89, 'me']);
    assert.ok((await store.history('a/b', 30)).length >= 21);
    assert.deepEqual(await store.history('a', 5), []);
  });

  test('a change whose answer was lost is made once', async (t) => {
    const { url } = place();
    const address = etcdAddress(parseStoreUrl(url));
    let lose = false;
    const losing: OpenChannel = (target) => {
      const channel = loadGrpc(null)(target);
      const unary: GrpcChannel['unary'] = async (name, request, headers, timeoutMs) => {
        const answer = await channel.unary(name, request, headers, timeoutMs);
        const changes = name === 'KV.Txn' && 'compare' in request;
        if (!lose || !changes) return answer;
        lose = false;
        throw Object.assign(new Error('lost'), { code: 14, details: 'lost' });
      };
      return { ...channel, unary };
    };
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
    const { url } = place();
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
    const { server, port } = await own(t);
    const store = await open(t, server.url);
    await store.set('k', 1);
    const { post } = byHand(port);
    const { header } = await post('maintenance/status', {});
    const member = { memberID: Reflect.get(Object(header), 'member_id'), alarm: 'NOSPACE' };
    await post('maintenance/alarm', { ...member, action: 'ACTIVATE' });
    await assert.rejects(store.set('k', 2), { code: 'storage_full' });
    assert.equal((await store.get('k'))?.value, 1);
    await post('maintenance/alarm', { ...member, action: 'DEACTIVATE' });
    await store.set('k', 2);
  });

  test('a folder of hundreds of keys goes in one piece', async (t) => {
    const { url } = place();
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
    const { server, port } = await own(t);
    const { post, grant } = byHand(port);
    for (const [name, password, prefix] of [
      ['root', 'r00t', ''],
      ['volvox', 's3cret word', 'p/'],
    ] as const) {
      await post('auth/user/add', { name, password });
      await post('auth/role/add', { name });
      if (prefix !== '') await grant(name, prefix);
      await post('auth/user/grant', { user: name, role: name });
    }
    const early = await open(t, `etcd://volvox:unused@127.0.0.1:${port}/p`);
    await early.set('k', 0);
    await post('auth/enable', {});
    const store = await open(t, `etcd://volvox:s3cret%20word@127.0.0.1:${port}/p`);
    const watcher = new Watcher(store, '', 0);
    await store.set('k', 1);
    await watcher.until((changes) => changes.length === 2);
    const { token } = await post('auth/authenticate', { name: 'root', password: 'r00t' });
    await byHand(port, String(token)).post('auth/user/add', { name: 'other', password: 'x' });
    await store.set('k', 2);
    await server.kill(); // and with it the tokens
    await server.start();
    await eventually('a call succeeds', () => succeeds(store.set('k', 3)), 5_000);
    await watcher.until((changes) => changes.at(-1)?.value === 3);
    await watcher.end();
    const refused = async (credentials: string, prefix: string, message: RegExp): Promise<void> =>
      assert.rejects(
        open(t, `etcd://${credentials}127.0.0.1:${port}/${prefix}`),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'unavailable');
          assert.match(error.message, message);
          assert.ok(!error.message.includes('wr0ng') && !String(error.cause).includes('wr0ng'));
          return true;
        },
      );
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

function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}

async function members(t: TestContext, count: number): Promise<Members> {
  const cluster = await startMembers(count);
  t.after(() => cluster.stop());
  await eventually('the cluster works', () => healthy(cluster), 30_000);
  return cluster;
}

async function healthy({ ports }: Members): Promise<boolean> {
  try {
    for (const port of ports)
      await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2_000) }).then(
        async (answer) => {
          if (!answer.ok) throw new Error(await answer.text());
        },
      );
    return true;
  } catch {
    return false;
  }
}
