import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { systemContext, type Context } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import type { BrokerStore } from '../../stores/broker/contract.ts';
import { attribute, type JournalEntry } from './api.ts';
import { appendRow } from './rows.ts';
import { append, entry, openCluster, until, type TestCluster } from './testing.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await openCluster();
});
afterEach(() => cluster.close());

test('gives back what was appended', async () => {
  const { api } = await cluster.node();
  assert.equal(await api.head(), 0);
  const full: JournalEntry = {
    kind: 'node.moved',
    actorId: newId(),
    nodeId: newId(),
    parentId: newId(),
    workspaceId: newId(),
    before: { parentId: 'q', name: 'caf\u00e9' },
    after: { list: [1, null, { deep: true }] },
    bytes: -5,
    files: 2 ** 40,
  };
  const id = await cluster.sql.transaction((tx) => api.append(tx, full));
  await append(cluster.sql, api, 'second');
  const [first, second] = await api.read(0, 10);
  assert.deepEqual({ ...first, at: 0 }, { ...full, id, seq: 1, at: 0, origin: null });
  assert.deepEqual([second?.seq, second?.before, second?.actorId], [2, null, null]);
  assert.deepEqual(await api.read(2, 10), []);
  assert.equal((await api.read(0, 1)).length, 1);
});

test('says where the rows of a transaction come from, and mixes up none of those that run together', async () => {
  const { api } = await cluster.node();
  const contextOf = (name: string): Context => ({
    ...systemContext(`request-${name}`),
    origin: { address: `192.0.2.${name}`, userAgent: `client ${name}` },
  });
  const write = (name: string): Promise<unknown> =>
    cluster.sql.transaction(async (tx) => {
      if (name !== '0') attribute(tx, contextOf(name));
      await api.append(tx, entry(name));
      await api.append(tx, entry(name));
    });
  await Promise.all(['0', '1', '2', '3', '4'].map(write));
  const rows = await api.read(0, 100);
  assert.equal(rows.length, 10);
  for (const { after, origin } of rows) {
    const name = String(after?.['name']);
    const from = {
      address: `192.0.2.${name}`,
      userAgent: `client ${name}`,
      login: 'system',
      via: 'system',
      requestId: `request-${name}`,
    };
    assert.deepEqual(origin, name === '0' ? null : from);
  }
});

test('numbers concurrent appends without gaps, whatever is rolled back', async () => {
  const { api } = await cluster.node();
  const write = async (i: number): Promise<void> => {
    await cluster.sql.transaction(async (tx) => {
      await api.append(tx, entry(`${i}`));
      if (i % 3 === 0) throw new Error('no');
      await api.append(tx, entry(`${i}`));
    });
  };
  await Promise.allSettled(Array.from({ length: 300 }, (_, i) => write(i)));
  const rows = await api.read(0, 1000);
  assert.equal(rows.length, 400);
  assert.deepEqual(
    rows.map((row) => row.seq),
    rows.map((_, i) => i + 1),
  );
  const times = Map.groupBy(rows, (row) => row.after?.['name']);
  assert.ok([...times.values()].every((of) => of.length === 2));
});

test('rings on every node, after the commit, and not for a rollback', async () => {
  const here = await cluster.node();
  const there = await cluster.node();
  const heads: Promise<number>[] = [];
  here.api.onRing(() => heads.push(here.api.head()));
  let rung = 0;
  const end = there.api.onRing(() => rung++);
  await assert.rejects(
    cluster.sql.transaction(async (tx) => {
      await here.api.append(tx, entry('x'));
      throw new Error('no');
    }),
  );
  await append(cluster.sql, here.api, 'a');
  await until(() => rung > 0 && heads.length > 0);
  assert.equal(await heads[0], 1);
  end();
  const before = rung;
  await append(cluster.sql, here.api, 'b');
  await until(() => heads.length > 1);
  assert.equal(rung, before);
});

test('rings seldom while many commits come', async () => {
  const published: unknown[] = [];
  const broker: BrokerStore = {
    publish: async (topic) => void published.push(topic),
    subscribe: async () => ({ end: async () => {} }),
    ping: async () => ({ version: null }),
    close: async () => {},
  };
  const { api } = await cluster.node({ broker });
  let turns = 0;
  await Promise.all(Array.from({ length: 500 }, () => append(cluster.sql, api, 'x').then(() => turns++)));
  await append(cluster.sql, api, 'last');
  assert.equal(turns, 500);
  await until(() => published.length > 0);
  const soon = published.length;
  assert.ok(soon < 100, `${soon} rings`);
  await until(() => published.length > soon || soon > 1);
  assert.ok(published.every((topic) => topic === 'journal'));
});

test('finds changes by itself while the broker is away', async () => {
  const refuse = (): Promise<never> => Promise.reject(new Error('away'));
  const broker: BrokerStore = { publish: refuse, subscribe: refuse, ping: refuse, close: async () => {} };
  const { api } = await cluster.node({ broker });
  const handled: number[] = [];
  let rung = 0;
  api.onRing(() => rung++);
  api.follow({
    name: 'f',
    batchSize: 10,
    handle: async (rows) => void handled.push(...rows.map((r) => r.seq)),
  });
  await append(cluster.sql, api, 'a', 'b');
  await until(() => handled.length === 2 && rung > 0);
});

test('gives a position to the row of a node that died before it could, and wakes followers for it', async () => {
  const { api } = await cluster.node();
  const names: unknown[] = [];
  api.follow({
    name: 'f',
    batchSize: 10,
    handle: async (rows) => void names.push(...rows.map((row) => row.after?.['name'])),
  });
  await api.settled();
  await cluster.sql.transaction((tx) => appendRow(tx, entry('orphan'), 0));
  await until(() => names.length === 1);
  assert.deepEqual(names, ['orphan']);
});

test('goes on when a listener throws', async () => {
  const { api } = await cluster.node();
  let rung = 0;
  api.onRing(() => {
    throw new Error('no');
  });
  api.onRing(() => rung++);
  await append(cluster.sql, api, 'a');
  await until(() => rung > 0);
});
