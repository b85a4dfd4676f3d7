/** The traps that other servers fell into when they were measured (docs/benchmarks.md), each counted: no clock decides here. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer } from '../harness/server-process.ts';
import { basic, startCounted, type CountedNode } from './counted-node.ts';

let counted: CountedNode;
before(async () => {
  counted = await startCounted();
  await folderOf('lots', 1_000);
});
after(() => counted.stop());

const kibibyte = Buffer.alloc(1024, 7);
const status = async (answer: Promise<Response>): Promise<number> => (await answer).status;

async function folderOf(name: string, files: number): Promise<void> {
  assert.equal(await status(counted.request('MKCOL', `/dav/common/${name}`)), 201);
  for (let at = 0; at < files; at += 50) {
    const some = Array.from({ length: Math.min(50, files - at) }, (_unused, i) =>
      counted.request('PUT', `/dav/common/${name}/f${at + i}`, { body: kibibyte }),
    );
    for (const answer of some) assert.equal(await status(answer), 201);
  }
}

/** Headers of one request to the node, by hand. */
function head(method: string, target: string): string {
  return `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${basic}\r\nDepth: 0\r\nConnection: close\r\n\r\n`;
}

function rawAnswer(text: string): Promise<string> {
  const { hostname, port } = new URL(counted.node.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (data) => (answer += data.toString('latin1'))).on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** Counts what the node's side of connections is asked to send. */
function countWrites(t: TestContext): { count: number } {
  const counter = { count: 0 };
  type Send = (this: net.Socket, ...all: unknown[]) => void;
  const prototype = net.Socket.prototype as unknown as Record<'_write' | '_writev', Send>;
  for (const name of ['_write', '_writev'] as const) {
    const original = prototype[name];
    t.mock.method(prototype, name, function (this: net.Socket, ...all: unknown[]) {
      if ('server' in this && this.server) counter.count++;
      original.apply(this, all);
    });
  }
  return counter;
}

test('a small answer leaves in one write, headers and body together (Nagle meets delayed ACK otherwise)', async (t) => {
  await folderOf('nagle', 1);
  const writes = countWrites(t);
  for (const [method, code] of [
    ['GET', '200'],
    ['PROPFIND', '207'],
  ] as const) {
    writes.count = 0;
    const answer = await rawAnswer(head(method, '/dav/common/nagle/f0'));
    assert.equal(answer.slice(9, 12), code);
    assert.equal(writes.count, 1, method);
  }
});

test('200 connections that come while the node is busy are all taken (a dropped SYN costs a second)', (t) => {
  const limit = Number(execFileSync('cat', ['/proc/sys/net/core/somaxconn'], { encoding: 'utf8' }));
  if (limit < 256) return t.skip('this system allows no queue of 200 connections');
  const { hostname, port } = new URL(counted.node.url);
  const client = `
    let up = 0;
    const done = () => { console.log(up); process.exit(0); };
    for (let i = 0; i < 200; i++) require('node:net').connect(${port}, '${hostname}', () => { if (++up === 200) done(); });
    setTimeout(done, 900);`;
  // Nothing of this process runs meanwhile: what the kernel does not queue, it drops.
  assert.equal(execFileSync(process.execPath, ['-e', client], { encoding: 'utf8' }).trim(), '200');
});

test('a request with known credentials hashes no password and writes nothing; many at once share one check', async () => {
  const user = { login: 'crowd', password: 'a password of theirs' };
  await counted.client.call('createUser', { body: user });
  const authorization = `Basic ${Buffer.from(`${user.login}:${user.password}`).toString('base64')}`;
  const ask = async (): Promise<void> => {
    const options = { headers: { authorization, depth: '0' } };
    assert.equal(await status(counted.request('PROPFIND', '/dav/common/', options)), 207);
  };
  const cold = await counted.cost(() => Promise.all(Array.from({ length: 32 }, ask)));
  const one = await counted.cost(ask);
  const warm = await counted.cost(() => Promise.all(Array.from({ length: 32 }, ask)));
  // Each check of a password counts an attempt, in a transaction or two.
  assert.ok(cold.transactions >= 1 && cold.transactions <= 3, `${cold.transactions} transactions`);
  assert.equal(warm.transactions, 0);
  assert.equal(warm.statements, 32 * one.statements);
});

test('PUT, GET, PROPFIND and MOVE cost as many statements in a folder of 1,000 as in one of 3', async () => {
  await folderOf('few', 3);
  const asXml = { headers: { depth: '0' } };
  const costs = async (name: string): Promise<Record<string, number>> => {
    const base = `/dav/common/${name}`;
    const to = { headers: { destination: `${counted.node.url}${base}-moved` } };
    const back = { headers: { destination: `${counted.node.url}${base}` } };
    const results: Record<string, number> = {};
    for (const [what, work] of Object.entries({
      put: () => counted.request('PUT', `${base}/new`, { body: kibibyte }),
      again: () => counted.request('PUT', `${base}/new`, { body: kibibyte }),
      get: () => counted.request('GET', `${base}/f1`),
      stat: () => counted.request('PROPFIND', `${base}/f1`, asXml),
      move: () => counted.request('MOVE', base, to),
      back: () => counted.request('MOVE', `${base}-moved`, back),
      remove: () => counted.request('DELETE', `${base}/new`),
    })) {
      results[what] = (await counted.cost(async () => assert.ok((await work()).ok, what))).statements;
    }
    return results;
  };
  await costs('few'); // what is read only the first time
  const few = await costs('few');
  assert.deepEqual(await costs('lots'), few);
  for (const [what, most] of Object.entries({
    put: 13,
    again: 13,
    get: 2,
    stat: 4,
    move: 15,
    back: 15,
    remove: 13,
  }))
    assert.ok((few[what] ?? Infinity) <= most, `${what}: ${few[what]} statements`);
});

test('a listing of 1,000 costs some statements for all, not one for each', async () => {
  const list = async (): Promise<void> => {
    const answer = await counted.request('PROPFIND', '/dav/common/lots', { headers: { depth: '1' } });
    assert.equal((await answer.text()).match(/<D:response>/g)?.length, 1_001);
  };
  await list();
  const statements = await counted.statements(list);
  assert.ok(statements <= 12, `${statements} statements`);
});

test('deleting 1,000 in one batch shares its commits', async () => {
  const ids = await idsOf('lots');
  assert.equal(ids.length, 1_000);
  const { commits, transactions } = await counted.cost(async () => {
    const { results } = await counted.client.call('batchNodes', { body: { verb: 'trash', ids } });
    assert.equal(results.filter(({ ok }) => ok).length, 1_000);
  });
  assert.ok(transactions >= 1_000);
  // Some dozen where nothing else runs; a commit also comes early where its members have taken their time.
  assert.ok(commits <= 500, `${commits} commits`);
});

test('copies of one folder at once are all made', async () => {
  await folderOf('source', 60);
  const copies = Array.from({ length: 12 }, (_unused, i) =>
    status(
      counted.request('COPY', '/dav/common/source', {
        headers: { destination: `${counted.node.url}/dav/common/copy-${i}` },
      }),
    ),
  );
  assert.deepEqual(await Promise.all(copies), Array(12).fill(201));
});

/** As `npm run bench` logs in; its password must be one that a set-up takes. */
const { login, password } = (await import(new URL('../../tools/bench/peers.mjs', import.meta.url).href)) as {
  login: string;
  password: string;
};
const fsload = fileURLToPath(new URL('../../../shared/bench/fsload.mjs', import.meta.url));

test('every workload of the load program passes, small', async (t) => {
  if (!existsSync(fsload)) return t.skip('../shared/bench/fsload.mjs is not there');
  const { folder, remove } = await makeDataFolder();
  const server = await startServer(folder, {
    VOLVOX_DURABILITY: 'relaxed',
    VOLVOX_ADMIN_LOGIN: login,
    VOLVOX_ADMIN_PASSWORD: password,
  });
  try {
    const base = ['--profile', 'webdav', '--base', `${server.url}/dav/common/`, '--pid', String(server.pid)];
    const user = ['--user', login, '--pass', password];
    const small = ['--scale', '0.05', '--seconds', '3', '--no-sync', '--out', path.join(folder, 'load.json')];
    // It ends with another code where a request failed or a byte was wrong.
    await promisify(execFile)(process.execPath, [fsload, ...base, ...user, ...small]);
  } finally {
    await server.kill('SIGTERM');
    await remove();
  }
});

/** Of all members of a folder. */
async function idsOf(name: string): Promise<string[]> {
  const { client } = counted;
  const folder = await client.call('lookupNode', { query: { path: `/common/${name}` } });
  const { items } = await client.call('listChildren', { params: { id: folder.id }, query: { limit: 1_000 } });
  return items.map((item) => item.id);
}
