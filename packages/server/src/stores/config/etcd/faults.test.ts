import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { faultProxy, sharedServer } from '../../../testing/servers/index.ts';
import {
  byHand,
  eventually,
  freePorts,
  freshPlace,
  keptLog,
  ownEtcd,
  startMembers,
  succeeds,
} from '../../clients/etcd/testing.ts';
import { Watcher } from '../watch.suite.ts';
import { open, valuesOf } from './testing.ts';

const shared = await sharedServer('etcd');
const skip = shared === null ? 'no etcd on this machine' : false;

describe('config: etcd that fails', { skip, concurrency: true }, () => {
  test('killed and started again: calls fail meanwhile, a watch goes on where it was', async (t) => {
    const { server, at } = await ownEtcd(t);
    const { deps, lines } = keptLog();
    const store = await open(t, server.url, { deps, lines });
    await store.set('k', 0);
    const watcher = new Watcher(store, '', 0);
    await watcher.until((changes) => changes.length === 1);
    await server.kill();
    const before = performance.now();
    await assert.rejects(store.set('k', 'lost'), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'unavailable');
      assert.ok(error.message.includes(`${at}`), error.message);
      return true;
    });
    await assert.rejects(store.ping(), { code: 'unavailable' });
    assert.ok(performance.now() - before < 9_000);
    await new Promise((done) => setTimeout(done, 3_000)); // how much is logged meanwhile is the subject
    assert.ok(lines.length < 5, JSON.stringify(lines));
    await server.start();
    const back = performance.now();
    await eventually('a call succeeds', () => succeeds(store.set('k', 1)));
    for (const value of [2, 3]) await store.set('k', value);
    await watcher.until((changes) => changes.length >= 4);
    assert.ok(performance.now() - back < 6_000);
    assert.deepEqual(valuesOf(watcher), [0, 1, 2, 3]);
    await watcher.end();
  });

  test('cut off while etcd was written and compacted: the watch ends at the present, removals included', async (t) => {
    const { server, at, port } = await ownEtcd(t);
    const proxy = await faultProxy(port);
    t.after(() => proxy.close());
    const far = await open(t, `etcd://127.0.0.1:${proxy.port}/p`);
    const near = await open(t, `etcd://${at}/p`);
    for (const key of ['stays', 'changes', 'gone', 'gone/below', 'byhand']) await near.set(key, 'old');
    const watcher = new Watcher(far, '', 0);
    await watcher.until((changes) => changes.length === 5);
    proxy.cut();
    await near.set('changes', 1);
    await near.delete('gone');
    await byHand(at).remove('p/config/values/byhand');
    await near.set('changes', 2);
    await near.set('new', 'new');
    await byHand(at).compact();
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
    const { server, at } = await ownEtcd(t);
    const store = await open(t, server.url);
    await store.set('before', 1);
    await store.set('removed/long/ago', 1);
    await store.delete('removed');
    await store.set('tree/a', 1);
    const { revision } = await store.list('');
    await store.delete('tree');
    await store.set('other', 2);
    await byHand(at).compact();
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
    const { server } = await ownEtcd(t);
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
    assert.ok(performance.now() - ping < 4_000);
    await new Promise((done) => setTimeout(done, 4_000)); // longer than the watchdog waits
    server.thaw();
    await eventually('a call succeeds', () => succeeds(store.set('k', 2)));
    await watcher.until((changes) => changes.at(-1)?.value === 2);
    await watcher.end();
    assert.deepEqual(valuesOf(watcher), [1, 2]);
  });

  test('a connection that carries nothing any more is left, though it stays open', async (t) => {
    const { at, port } = await ownEtcd(t);
    const proxy = await faultProxy(port);
    t.after(() => proxy.close());
    const store = await open(t, `etcd://127.0.0.1:${proxy.port}/p`);
    const near = await open(t, `etcd://${at}/p`);
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
    const cluster = await startMembers(3);
    t.after(() => cluster.stop());
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
      assert.ok(performance.now() - frozen < 15_000, `${performance.now() - frozen} ms`);
      child.kill('SIGCONT');
      await eventually('all members work', () => cluster.healthy());
    }
    for (const watcher of watchers) {
      await watcher.end();
      const told = watcher.changes.map(({ key, revision }) => `${key} ${revision}`);
      assert.equal(new Set(told).size, told.length, 'nothing twice');
    }
  });

  test('a dead first host is passed over; where none answers, all are named within 5 seconds', async (t) => {
    const { at, prefix } = freshPlace(shared?.url ?? '');
    const [dead, dead2] = await freePorts(2);
    for (let i = 0; i < 6; i++) {
      const store = await open(t, `etcd://127.0.0.1:${dead},${at}/${prefix}`);
      assert.ok((await store.ping()).version?.startsWith('3.'));
    }
    const before = performance.now();
    await assert.rejects(open(t, `etcd://127.0.0.1:${dead},127.0.0.1:${dead2}/x`), {
      code: 'unavailable',
      message: new RegExp(`127.0.0.1:${dead}, 127.0.0.1:${dead2} cannot be reached .*ECONNREFUSED`),
    });
    const { server } = await ownEtcd(t);
    server.freeze();
    await assert.rejects(open(t, server.url), {
      code: 'unavailable',
      message: /127.0.0.1:\d+ does not answer in time/,
    });
    server.thaw();
    assert.ok(performance.now() - before < 10_000);
  });
});
