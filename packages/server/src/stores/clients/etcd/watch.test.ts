import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { etcdAddress } from './address.ts';
import { EtcdConnection } from './connection.ts';
import { loadGrpc, type GrpcChannel, type OpenChannel } from './grpc.ts';
import { put, remove, oneKey, startingWith } from './requests.ts';
import { byHand, eventually, freshPlace, keptLog, losingAnswers } from './testing.ts';
import { KeyWatch, type KeyChange } from './watch.ts';

const shared = await sharedServer('etcd');
const skip = shared === null ? 'no etcd on this machine' : false;

function connect(t: TestContext, open: OpenChannel = loadGrpc(null)) {
  const { deps, lines } = keptLog();
  const address = etcdAddress(parseStoreUrl(freshPlace(shared?.url ?? '').url));
  const connection = new EtcdConnection(address, open, deps.clock, deps.log);
  t.after(() => connection.close());
  const key = (name: string): string => `${connection.prefix}${name}`;
  return {
    at: address.hosts[0] ?? '',
    connection,
    deps,
    lines,
    put: (name: string, value: string) => connection.call('KV.Txn', { success: [put(key(name), value)] }),
    remove: (name: string) => connection.call('KV.Txn', { success: [remove(oneKey(key(name)))] }),
  };
}

/** What a watch tells, without the prefix. */
function follow(
  t: TestContext,
  { connection, deps }: ReturnType<typeof connect>,
  timing: {
    readonly relistMs?: number;
    readonly graceMs?: number;
    readonly silentMs?: number;
    readonly askMs?: number;
  },
) {
  const told: (readonly [string, string | null])[] = [];
  const onChanges = (changes: readonly KeyChange[]): void => {
    for (const { key, value } of changes)
      told.push([key.slice(connection.prefix.length), value?.toString() ?? null]);
  };
  const plan = { range: startingWith(connection.prefix), after: null, onChanges, timing };
  const watch = new KeyWatch(connection, plan, deps.clock, deps.log);
  t.after(() => watch.stop());
  return { told, watch };
}

/** Channels whose watch streams pass only what `passes` lets through. */
function filtered(passes: (message: object) => boolean): OpenChannel {
  const open = loadGrpc(null);
  return (target) => {
    const channel = open(target);
    const stream: GrpcChannel['stream'] = (name, headers, timeoutMs) => {
      const real = channel.stream(name, headers, timeoutMs);
      const on = real.on.bind(real) as (event: string, listener: (message: never) => void) => unknown;
      const filter = (event: string, listener: (message: never) => void): unknown =>
        on(event, (message) => {
          if (event !== 'data' || passes(message)) listener(message);
        });
      return Object.assign(Object.create(real) as typeof real, { on: filter });
    };
    return { ...channel, stream };
  };
}

describe('a watch of etcd', { skip, concurrency: true }, () => {
  test('tells that an expected key is gone also where it went before the watch began', async (t) => {
    const client = connect(t);
    const key = `${client.connection.prefix}own`;
    const { header } = await client.put('own', '1');
    const revision = Number(header.revision);
    await client.remove('own');
    const { told, watch } = follow(t, client, {});
    assert.equal(watch.expect(key, revision), true, 'nothing is known yet');
    await watch.standing;
    assert.deepEqual(told, [['own', null]]);
    assert.equal(watch.expect(key, revision), false, 'told already');
    const { watch: later } = follow(t, client, {});
    await later.standing;
    assert.equal(later.expect(key, revision), false, 'a listing did not show it');
    const again = Number((await client.put('own', '2')).header.revision);
    await eventually('it is told', () => told.some(([, value]) => value === '2'));
    assert.equal(watch.expect(key, again), true);
    assert.equal(watch.expect(key, revision), false, 'written anew since');
    assert.equal(told.length, 2);
  });

  test('repairs what the stream has lost, removals included, and tells the rest once', async (t) => {
    let deaf = false;
    const client = connect(
      t,
      filtered((message) => !deaf || !('events' in message) || (message.events as []).length === 0),
    );
    await client.put('kept', '1');
    await client.put('removed', '1');
    const { told, watch } = follow(t, client, { relistMs: 300, graceMs: 100 });
    await watch.standing;
    await eventually('the start is told', () => told.length === 2);
    deaf = true;
    await client.remove('removed');
    await client.put('kept', '2');
    await client.put('new', '1');
    await eventually('the rest is told', () => told.length === 5);
    deaf = false;
    await client.put('kept', '3');
    await client.remove('new');
    await eventually('the stream goes on', () => told.length === 7);
    await new Promise((done) => setTimeout(done, 1_000)); // some more readings must find nothing to repair
    assert.deepEqual(told.slice(2, 5).toSorted(), [
      ['kept', '2'],
      ['new', '1'],
      ['removed', null],
    ]);
    assert.deepEqual(told.slice(5), [
      ['kept', '3'],
      ['new', null],
    ]);
  });

  test('leaves a stream that is silent, though calls are answered', async (t) => {
    let silent = false;
    const client = connect(
      t,
      filtered(() => !silent),
    );
    const { told, watch } = follow(t, client, { askMs: 100, silentMs: 500 });
    await watch.standing;
    silent = true;
    await client.put('k', '1');
    await eventually(
      'it says so',
      () => client.lines.some(({ message }) => message === 'etcd is not watched'),
      3_000,
    );
    assert.deepEqual(told, []);
    silent = false;
    await eventually('it is told', () => told.length === 1, 5_000);
    await client.put('k', '2');
    await eventually('it is told', () => told.length === 2, 5_000);
    assert.deepEqual(told, [
      ['k', '1'],
      ['k', '2'],
    ]);
  });

  test('stays with a stream on which nothing happens', async (t) => {
    const client = connect(t);
    const { told, watch } = follow(t, client, { askMs: 50, silentMs: 400 });
    await watch.standing;
    await new Promise((done) => setTimeout(done, 2_000)); // silence is the subject
    assert.deepEqual(client.lines, []);
    await client.put('k', '1');
    await eventually('it is told', () => told.length === 1, 2_000);
  });

  test('waits for a consumer that lags behind, and loses nothing by it', async (t) => {
    const client = connect(t);
    const { told, watch } = follow(t, client, {});
    await watch.standing;
    watch.hold();
    for (let i = 0; i < 20; i++) await client.put('k', `${i}`);
    const before = told.length;
    watch.resume();
    await eventually('all is told', () => told.length === 20, 5_000);
    assert.ok(before < 20);
    assert.deepEqual(
      told.map(([, value]) => value),
      Array.from({ length: 20 }, (_, i) => `${i}`),
    );
  });

  test('a call whose answer was lost is sent again', async (t) => {
    let lost = 0;
    const losing = losingAnswers((name) => name === 'KV.Txn' && lost++ === 0);
    const client = connect(t, losing);
    await client.put('k', '1');
    assert.equal(lost, 2);
    assert.equal((await byHand(client.at).keys(client.connection.prefix)).length, 1);
  });
});
