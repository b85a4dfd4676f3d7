import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newId } from '../../../kernel/ids.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { etcdAddress } from '../../clients/etcd/address.ts';
import { EtcdConnection } from '../../clients/etcd/connection.ts';
import { loadGrpc, type OpenChannel } from '../../clients/etcd/grpc.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import {
  byHand,
  eventually,
  freshPlace,
  keptLog,
  ownEtcd,
  startMembers,
} from '../../clients/etcd/testing.ts';
import type { Lease, NodeRecord, RegistryStore } from '../contract.ts';
import { registryEtcdDriver } from './driver.ts';
import { EtcdRegistry } from './store.ts';

const shared = await sharedServer('etcd');
const skip = shared === null ? 'no etcd on this machine' : false;

async function open(t: TestContext, url: string, { deps } = keptLog()): Promise<RegistryStore> {
  const store = await registryEtcdDriver.open(parseStoreUrl(url), deps);
  t.after(() => store.close());
  return store;
}

function record(): NodeRecord {
  return { id: newId(), name: 'n', url: 'http://a', version: '1', state: 'starting', startedAt: 1 };
}

async function leaseOf(at: string, key: string): Promise<string> {
  const found = (await byHand(at).keys(key)).find((one) => one.key === key);
  return found?.lease ?? assert.fail(`no ${key}`);
}

async function taken(store: RegistryStore, name: string, ttlMs: number, withinMs = 20_000): Promise<Lease> {
  let lease: Lease | null = null;
  await eventually(
    `${name} is taken`,
    async () => {
      lease = await store.acquire(name, ttlMs).catch(() => null);
      return lease !== null;
    },
    withinMs,
  );
  return lease ?? assert.fail();
}

describe('registry: etcd, changed by hand', { skip, concurrency: true }, () => {
  test('a lease that is revoked: the node is registered again, a lock is lost at once', async (t) => {
    const { at, prefix, url } = freshPlace(shared?.url ?? '');
    const [a, b] = [await open(t, url), await open(t, url)];
    const node = record();
    const registration = await a.register(node);
    const seen: number[] = [];
    await b.watch((nodes) => seen.push(nodes.length), new AbortController().signal);
    const lock = await a.acquire('l', 30_000);
    assert.ok(lock);
    await byHand(at).revoke(await leaseOf(at, `${prefix}/registry/locks/l`));
    await eventually('the holder knows', () => lock.signal.aborted);
    assert.equal(lock.valid(), false);
    const next = await b.acquire('l', 30_000);
    assert.ok(next && next.fence > lock.fence);
    await byHand(at).revoke(await leaseOf(at, `${prefix}/registry/nodes/${node.id}`));
    await eventually('the watcher saw it go and come', () => seen.at(-1) === 1 && seen.includes(0));
    await registration.update({ state: 'ready' });
    assert.deepEqual(await b.nodes(), [{ ...node, state: 'ready' }]);
    assert.equal(next.valid(), true);
    await registration.end();
    assert.deepEqual(await b.nodes(), []);
  });

  test('a lease that is revoked right before an update is replaced by it', async (t) => {
    const { at, prefix, url } = freshPlace(shared?.url ?? '');
    const store = await open(t, url);
    const node = record();
    const registration = await store.register(node);
    await byHand(at).revoke(await leaseOf(at, `${prefix}/registry/nodes/${node.id}`));
    await registration.update({ state: 'draining' });
    assert.deepEqual(await store.nodes(), [{ ...node, state: 'draining' }]);
    assert.notEqual(await leaseOf(at, `${prefix}/registry/nodes/${node.id}`), '0');
    await assert.rejects((await open(t, url)).register(node), { code: 'conflict' });
  });

  test('all keys removed: the lock is lost, and fences go on rising', async (t) => {
    const { at, prefix, url } = freshPlace(shared?.url ?? '');
    const store = await open(t, url);
    const first = await store.acquire('l', 30_000);
    assert.ok(first);
    await byHand(at).removeAll(`${prefix}/`);
    await eventually('the holder knows', () => first.signal.aborted);
    const second = await store.acquire('l', 30_000);
    assert.ok(second && second.fence > first.fence);
    const { server } = await ownEtcd(t);
    const elsewhere = await (await open(t, server.url)).acquire('l', 30_000);
    assert.ok(elsewhere && elsewhere.fence > second.fence, 'also where etcd is begun anew');
  });

  test('what is removed before the watch has begun is seen too', async (t) => {
    const { at, prefix, url } = freshPlace(shared?.url ?? '');
    const removed = Promise.withResolvers<void>();
    const channels: OpenChannel = (target) => {
      const channel = loadGrpc(null)(target);
      const unary: typeof channel.unary = async (name, ...rest) => {
        if (name === 'KV.Range') await removed.promise;
        return channel.unary(name, ...rest);
      };
      return { ...channel, unary };
    };
    const { deps } = keptLog();
    const connection = new EtcdConnection(etcdAddress(parseStoreUrl(url)), channels, deps.clock, deps.log);
    const store = new EtcdRegistry(connection, 30_000, deps);
    t.after(() => store.close());
    const node = record();
    await store.register(node);
    const lock = await store.acquire('l', 30_000);
    await byHand(at).removeAll(`${prefix}/`);
    removed.resolve();
    await eventually('the holder knows', () => lock?.signal.aborted === true);
    await eventually('the node is there again', async () => (await store.nodes())[0]?.id === node.id);
  });

  test('a damaged node is left out and named; damaged fences do not go back', async (t) => {
    const { at, prefix, url } = freshPlace(shared?.url ?? '');
    const { deps, lines } = keptLog();
    const store = await open(t, url, { deps, lines });
    const node = record();
    await store.register(node);
    await byHand(at).put(`${prefix}/registry/nodes/x`, '{"id":"x"');
    assert.deepEqual(await store.nodes(), [node]);
    await eventually('it is named', () =>
      lines.some(({ fields }) => Reflect.get(fields, 'entry') === `${prefix}/registry/nodes/x`),
    );
    const first = await store.acquire('l', 30_000);
    await first?.release();
    await byHand(at).put(`${prefix}/registry/fences/l`, 'nonsense');
    const second = await store.acquire('l', 30_000);
    assert.ok(first && second && second.fence > first.fence);
  });
});

describe('registry: etcd under a crowd', { skip }, () => {
  test('of 20 who ask again and again one holds it at a time, with rising fences', async (t) => {
    const { url } = freshPlace(shared?.url ?? '');
    const stores = [await open(t, url), await open(t, url)];
    const fences: number[] = [];
    let holders = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const lease = await taken(stores[i % 2] ?? assert.fail(), 'l', 10_000, 60_000);
        assert.equal(++holders, 1);
        fences.push(lease.fence);
        await new Promise((done) => setImmediate(done));
        assert.equal(lease.valid(), true);
        holders--;
        await lease.release();
      }),
    );
    assert.deepEqual(
      fences,
      [...new Set(fences)].toSorted((x, y) => x - y),
    );
    assert.equal(fences.length, 20);
  });
});

describe('registry: etcd that fails', { skip, concurrency: true }, () => {
  test('killed and started again: node, lock and watch go on, and little is logged', async (t) => {
    const { server } = await ownEtcd(t);
    const { deps, lines } = keptLog();
    const a = await open(t, server.url, { deps, lines });
    const node = record();
    const registration = await a.register(node);
    const lock = await a.acquire('l', 30_000);
    let seen: readonly NodeRecord[] = [];
    await a.watch((nodes) => (seen = nodes), new AbortController().signal);
    await server.kill();
    await assert.rejects(registration.update({ state: 'ready' }), { code: 'unavailable' });
    await assert.rejects(a.acquire('other', 1_000), { code: 'unavailable' });
    await new Promise((done) => setTimeout(done, 5_000)); // what happens meanwhile is the subject
    assert.ok(lines.length < 6, JSON.stringify(lines));
    await server.start();
    await eventually('the failed update is made good', () => seen[0]?.state === 'ready');
    const other = await a.register(record());
    await eventually('the watch tells', () => seen.length === 2);
    await other.end();
    await eventually('the watch tells', () => seen.length === 1);
    assert.equal(lock?.valid(), true);
    const b = await open(t, server.url);
    assert.equal(await b.acquire('l', 30_000), null);
  });

  test('frozen for longer than the lease: the holder knows in time, a later one has a greater fence', async (t) => {
    const { server } = await ownEtcd(t);
    const [a, b] = [await open(t, server.url), await open(t, server.url)];
    const lock = await a.acquire('l', 3_000);
    assert.ok(lock);
    const before = performance.now();
    server.freeze();
    await eventually('the holder knows', () => lock.signal.aborted, 3_000);
    assert.ok(performance.now() - before < 3_000);
    assert.equal(lock.valid(), false);
    server.thaw();
    const next = await taken(b, 'l', 3_000);
    assert.ok(next.fence > lock.fence);
    await lock.release();
    assert.equal(next.valid(), true);
    assert.equal(await a.acquire('l', 3_000), null);
  });

  test('the leader of three members frozen: locks and nodes are kept', { timeout: 120_000 }, async (t) => {
    const cluster = await startMembers(3);
    t.after(() => cluster.stop());
    await eventually('the cluster works', () => cluster.healthy(), 30_000);
    const hosts = cluster.ports.map((port) => `127.0.0.1:${port}`);
    const stores = await Promise.all(
      hosts.map((host, i) =>
        open(t, `etcd://${[host, ...hosts.slice(0, i), ...hosts.slice(i + 1)].join(',')}/p`),
      ),
    );
    const locks = await Promise.all(stores.map((store, i) => store.acquire(`l${i}`, 10_000)));
    const nodes = await Promise.all(stores.map((store) => store.register(record())));
    const leader = await leaderOf(hosts);
    cluster.processes[leader]?.kill('SIGSTOP');
    const until = performance.now() + 12_000; // longer than a lease lives
    await eventually('time passes', () => {
      for (const lock of locks) assert.equal(lock?.valid(), true);
      return performance.now() > until;
    });
    for (const [i, store] of stores.entries()) {
      assert.equal((await store.nodes()).length, 3, `as store ${i} sees it`);
      assert.equal(await store.acquire('l0', 10_000), null);
    }
    cluster.processes[leader]?.kill('SIGCONT');
    await Promise.all(nodes.map((node) => node.end()));
    assert.deepEqual(await stores[0]?.nodes(), []);
  });

  test('wiped and begun anew: nodes come back, locks are lost, fences rise', async (t) => {
    const [{ server: first, at: before }, { server: second, at: after }] = [
      await ownEtcd(t),
      await ownEtcd(t),
    ];
    // Both are this cluster's hosts, one after the other: as if it had been restored from an empty backup.
    await second.kill();
    const url = `etcd://${before},${after}/p?ttl=3`;
    const store = await open(t, url);
    for (let i = 0; i < 50; i++) await (await store.acquire('busy', 5_000))?.release();
    const node = record();
    await store.register(node);
    const lock = await store.acquire('l', 6_000);
    assert.ok(lock);
    let seen: readonly NodeRecord[] = [];
    await store.watch((nodes) => (seen = nodes), new AbortController().signal);
    await first.kill();
    await second.start();
    const ask = () => store.nodes().catch(() => []);
    await eventually('the node is back', async () => (await ask()).length === 1, 15_000);
    await eventually('the lock is lost', () => lock.signal.aborted, 10_000);
    const next = await taken(store, 'l', 6_000);
    assert.ok(next.fence > lock.fence);
    const later = record();
    await store.register(later);
    await eventually('the watch follows the new one', () => seen.some(({ id }) => id === later.id));
  });
});

describe('registry: a node that stands still', { skip }, () => {
  test('wakes to an invalid lease, and leaves the new holder alone', async (t) => {
    const { url } = freshPlace(shared?.url ?? '');
    const ttl = 2_000;
    const script = fileURLToPath(new URL('driver.child.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=source', script, url, `${ttl}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const said: string[] = [];
    createInterface(child.stdout).on('line', (line) => said.push(line));
    await eventually('it holds the lease', () => said.filter((line) => line.endsWith(' true')).length > 3);
    const fence = Number(said[0]?.split(' ')[1]);
    const store = await open(t, url);
    assert.equal(await store.acquire('l', ttl), null);
    child.kill('SIGSTOP');
    const next = await taken(store, 'l', ttl);
    assert.ok(next.fence > fence);
    child.kill('SIGCONT');
    const firstCheck = () => said.slice(1).find((line) => Number(line.split(' ')[0]) > ttl / 2);
    await eventually('it wakes', () => firstCheck() !== undefined);
    assert.equal(firstCheck()?.split(' ')[1], 'false');
    const woken = said.length;
    await eventually('it goes on', () => said.length > woken + 200);
    assert.ok(said.slice(woken).every((line) => line.endsWith(' false')));
    assert.equal(next.valid(), true);
    assert.equal(await store.acquire('l', ttl), null);
  });
});

/** Which of the members leads. */
async function leaderOf(hosts: readonly string[]): Promise<number> {
  for (const [index, host] of hosts.entries()) {
    const { header, leader } = await byHand(host).post('maintenance/status', {});
    if (Reflect.get(Object(header), 'member_id') === leader) return index;
  }
  return assert.fail('nobody leads');
}
