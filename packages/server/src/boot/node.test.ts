import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { newId } from '../kernel/ids.ts';
import { parseStoreUrl } from '../kernel/store-url.ts';
import { raiseFence } from '../services/jobs/queries.ts';
import { readSettings, type Bootstrap } from './bootstrap.ts';
import { controlSocketOf } from './gateways.ts';
import { startNode, type Node } from './node.ts';

async function bootstrapOf(t: TestContext, listen: string): Promise<Bootstrap> {
  const data = await mkdtemp(path.join(os.tmpdir(), 'volvox-node-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  return readSettings(
    { VOLVOX_DATA: data, VOLVOX_LISTEN: listen, VOLVOX_LOG_FORMAT: 'json' },
    {},
    'test',
    () => {},
  );
}

function start(bootstrap: Bootstrap): Promise<Node> {
  return startNode(bootstrap, { write: () => {} });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a start that fails late gives back address, data folder and stores', async (t) => {
  const bootstrap = await bootstrapOf(t, `127.0.0.1:${await freePort()}`);
  // The last thing that can't be had: a folder stands where the control socket belongs.
  await mkdir(controlSocketOf(bootstrap));
  await assert.rejects(start(bootstrap));
  await rmdir(controlSocketOf(bootstrap));
  const node = await start(bootstrap);
  assert.equal((await fetch(`${node.url}/readyz`)).status, 200);
  await node.stop(0);
});

test('says how long each stage took, in their order', async (t) => {
  const lines: string[] = [];
  const node = await startNode(await bootstrapOf(t, '127.0.0.1:0'), {
    write: (line) => void lines.push(line),
  });
  const stores = ['config', 'vault', 'registry', 'broker', 'cache', 'sql', 'documents', 'blobs'];
  const stages = [...stores, 'services', 'set-up', 'listen'];
  assert.deepEqual([...node.stages.keys()], stages);
  const ready = lines
    .map((line): Record<string, object> => JSON.parse(line))
    .find((line) => 'stages' in line);
  assert.deepEqual(Object.keys(ready?.['stages'] ?? {}), stages);
  await node.stop(0);
});

test('stops once, however often it is asked, and can be started again on the same data', async (t) => {
  const bootstrap = await bootstrapOf(t, '127.0.0.1:0');
  const node = await start(bootstrap);
  await Promise.all([node.stop(0), node.stop(0)]);
  await assert.rejects(fetch(node.url));
  const again = await start(bootstrap);
  await again.stop(0);
});

test('services of a node commit nothing in a duty that another run has overtaken', async (t) => {
  const node = await start(await bootstrapOf(t, '127.0.0.1:0'));
  t.after(() => node.stop(0));
  const { jobs, mail } = node.services;
  const overtaken = async (): Promise<Record<string, never>> => {
    await mail.expire();
    await node.stores.sql.transaction((tx) => tx.run(raiseFence, { job: 'test', run: newId() }));
    await mail.expire();
    return {};
  };
  jobs.define({ name: 'test', schedule: '0 0 1 1 *', run: overtaken });
  const { state, error } = await jobs.runNow('test');
  assert.deepEqual([state, error], ['failed', 'another run of test has taken over']);
});

test('of each duty it is said why it is harmless where it is overtaken', async (t) => {
  const node = await start(await bootstrapOf(t, '127.0.0.1:0'));
  t.after(() => node.stop(0));
  const told = await readFile(new URL('../services/jobs/README.md', import.meta.url), 'utf8');
  const duties = (await node.services.jobs.list()).map(({ name }) => name);
  assert.ok(duties.length > 20);
  assert.deepEqual(
    duties.filter((name) => !told.includes(`\`${name}\``)),
    [],
  );
});

test('a database outside the data folder belongs to one node at a time', async (t) => {
  const [one, other, third] = [
    await bootstrapOf(t, '127.0.0.1:0'),
    await bootstrapOf(t, '127.0.0.1:0'),
    await bootstrapOf(t, '127.0.0.1:0'),
  ];
  const sql = parseStoreUrl(`sqlite:${path.join(third.data, 'volvox.db')}`);
  const on = (bootstrap: Bootstrap): Promise<Node> =>
    start({ ...bootstrap, stores: { ...bootstrap.stores, sql } });
  const node = await on(one);
  await assert.rejects(on(other), { code: 'conflict', message: /in use by another process/ });
  await node.stop(0);
  await (await on(other)).stop(0);
});

test('metrics tell of real calls to the stores', async (t) => {
  const node = await start(await bootstrapOf(t, '127.0.0.1:0'));
  t.after(() => node.stop(0));
  await node.services.journal.settled();
  const text = await (await fetch(`${node.url}/metrics`)).text();
  assert.match(
    text,
    /volvox_store_duration_seconds_count\{store="sql",operation="transaction",outcome="ok"\} [1-9]/,
  );
});
