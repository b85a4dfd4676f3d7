import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../kernel/ids.ts';
import { until } from '../../testing/expectations.ts';
import type { NodeRecord, RegistryStore } from './contract.ts';

export interface RegistryCaps {
  /** A short time to live that the driver can keep, for leases. */
  readonly leaseTtlMs: number;
  /** How long the record of a dead node may stay. */
  readonly nodeTtlMs: number;
}

type WithTwo = (title: string, run: (a: RegistryStore, b: RegistryStore) => Promise<void>) => void;

/** What every registry driver must do. `open(place)` twice with one place gives two clients of one cluster. */
export function registrySuite(
  name: string,
  open: (place: string) => Promise<RegistryStore>,
  caps: RegistryCaps,
): void {
  const withTwo: WithTwo = (title, run) =>
    test(title, { timeout: 120_000 }, async () => {
      const place = newId();
      const [a, b] = [await open(place), await open(place)];
      try {
        await run(a, b);
      } finally {
        await a.close();
        await b.close();
      }
    });
  describe(`registry: ${name}`, () => {
    nodeCases(withTwo, caps);
    leaseCases(withTwo, caps);
  });
}

function nodeCases(withTwo: WithTwo, caps: RegistryCaps): void {
  withTwo('a node shows on every client with each change, and is gone when it ends', async (a, b) => {
    const record = nodeRecord();
    const registration = await a.register(record);
    assert.deepEqual(await b.nodes(), [record]);
    await registration.update({ state: 'ready', url: 'http://b' });
    assert.deepEqual(await b.nodes(), [{ ...record, state: 'ready', url: 'http://b' }]);
    await registration.end();
    assert.deepEqual(await b.nodes(), []);
    await registration.end();
    await assert.rejects(registration.update({ state: 'ready' }), { code: 'gone' });
  });

  withTwo('a node stays for as long as it lives, and its record ends after it died', async (a, b) => {
    const [dying, living] = [nodeRecord(), nodeRecord()];
    await a.register(dying);
    await b.register(living);
    await pause(caps.nodeTtlMs * 1.5);
    assert.equal((await b.nodes()).length, 2, 'renewed meanwhile');
    await a.close();
    await until(async () => (await b.nodes()).length === 1, 'the node that died is gone', caps.nodeTtlMs * 3);
    assert.deepEqual(await b.nodes(), [living]);
  });

  withTwo('watch: the list as it is, then after each change, in order', async (a, b) => {
    const first = nodeRecord();
    const registration = await a.register(first);
    const seen: (readonly NodeRecord[])[] = [];
    const controller = new AbortController();
    await b.watch((nodes) => seen.push(nodes), controller.signal);
    await until(async () => seen.length > 0, 'the first list');
    assert.deepEqual(seen[0], [first]);
    await registration.update({ state: 'ready' });
    await registration.update({ state: 'draining' });
    const second = await b.register(nodeRecord());
    await registration.end();
    await until(
      async () => seen.at(-1)?.length === 1 && seen.at(-1)?.[0]?.id !== first.id,
      'only the second is left',
      10_000,
    );
    const states = seen.map((nodes) => nodes.find((node) => node.id === first.id)?.state ?? 'none');
    const order = ['starting', 'ready', 'draining', 'none'];
    assert.deepEqual(
      states,
      states.toSorted((x, y) => order.indexOf(x) - order.indexOf(y)),
      'never back to an older list',
    );
    controller.abort();
    const count = seen.length;
    await second.end();
    await b.nodes();
    assert.equal(seen.length, count, 'not called after the abort');
  });

  withTwo('watch: tells that a node died', async (a, b) => {
    await a.register(nodeRecord());
    let last: readonly NodeRecord[] = [];
    await b.watch((nodes) => (last = nodes), new AbortController().signal);
    await until(async () => last.length === 1, 'the node shows');
    await a.close();
    await until(async () => last.length === 0, 'the node is gone', caps.nodeTtlMs * 3);
  });

  withTwo('watch: a listener that throws harms nobody', async (a, b) => {
    let calls = 0;
    const { signal } = new AbortController();
    await b.watch(() => {
      calls++;
      throw new Error('listener');
    }, signal);
    let last: readonly NodeRecord[] = [];
    await b.watch((nodes) => (last = nodes), signal);
    await a.register(nodeRecord());
    await until(async () => last.length === 1 && calls >= 2, 'told in spite of the error');
  });
}

function leaseCases(withTwo: WithTwo, caps: RegistryCaps): void {
  const ttl = caps.leaseTtlMs;

  withTwo('of many who ask at once one gets the lease', async (a, b) => {
    const asked = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b).acquire('l', ttl)));
    const got = asked.filter((lease) => lease !== null);
    assert.equal(got.length, 1);
    assert.equal(got[0]?.name, 'l');
    assert.equal(got[0]?.valid(), true);
    assert.ok(await a.acquire('other', ttl), 'names are apart');
  });

  withTwo('is renewed while it is held; the next holder has a greater fence', async (a, b) => {
    const first = await a.acquire('l', ttl);
    assert.ok(first);
    await pause(ttl * 2.5);
    assert.equal(first.valid(), true);
    assert.equal(await b.acquire('l', ttl), null);
    await first.release();
    assert.equal(first.valid(), false);
    const second = await b.acquire('l', ttl);
    assert.ok(second && second.fence > first.fence);
    await first.release();
    assert.equal(await a.acquire('l', ttl), null, 'a second release of the old one frees nothing');
    assert.equal(second.valid(), true);
    await second.release();
    const third = await b.acquire('l', ttl);
    assert.ok(third && third.fence > second.fence);
  });

  withTwo('ends after its holder died without release; the dead one knows', async (a, b) => {
    const first = await a.acquire('l', ttl);
    assert.ok(first);
    await a.close();
    assert.equal(first.valid(), false);
    assert.equal(first.signal.aborted, true);
    let second = null;
    await until(
      async () => (second = await b.acquire('l', ttl)) !== null,
      'the lock is free again',
      ttl * 5 + 5_000,
    );
    assert.ok(second !== null && Reflect.get(second, 'fence') > first.fence);
  });
}

function nodeRecord(): NodeRecord {
  return {
    id: newId(),
    name: 'n',
    url: 'http://a',
    version: '1',
    state: 'starting',
    startedAt: 1_700_000_000_000,
  };
}

/** Time itself is the subject here: it lets leases run towards their end. */
function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
