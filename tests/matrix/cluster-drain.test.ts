/** A node that is told to end: the others and balancers see it first, what runs is finished, nothing is lost. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { measure, startThreeNodes } from './three-nodes.ts';
import {
  admin,
  eventually,
  makeTestFolder,
  sha256,
  textOf,
  upload,
  type Server,
} from '../acceptance/harness.ts';

// As long as it is in a cluster where nobody says otherwise.
const { a, b, c } = await startThreeNodes({ VOLVOX_DRAIN_WAIT: '' });
const session = { kind: 'session' } as const;

/** An upload whose body comes in two pieces, the second when told. */
async function slowUpload(node: Server, target: string, bytes: Uint8Array) {
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
  const basic = Buffer.from(`${admin.login}:${admin.password}`).toString('base64');
  const half = bytes.length / 2;
  socket.on('error', () => undefined); // the node may die
  socket.write(
    `PUT ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${basic}\r\ncontent-length: ${bytes.length}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, half));
  return {
    async finish(): Promise<number> {
      socket.write(bytes.subarray(half));
      for await (const piece of socket) {
        const status = /^HTTP\/1\.1 (\d{3})/.exec(String(piece))?.[1];
        socket.destroy();
        if (status !== undefined) return Number(status);
      }
      return 0;
    },
  };
}

/** A download that stops after the first piece until it is told to go on. */
async function slowDownload(node: Server, id: string) {
  const answer = await node.fetch('GET', `/api/v1/nodes/${id}/content`);
  const reader = answer.body?.getReader();
  assert.ok(reader);
  const pieces = [(await reader.read()).value ?? new Uint8Array()];
  return {
    async finish(): Promise<Buffer> {
      for (let read = await reader.read(); !read.done; read = await reader.read()) pieces.push(read.value);
      return Buffer.concat(pieces);
    },
  };
}

/** A second signal would end it at once. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const ready = (node: Server): Promise<Response> => node.fetch('GET', '/readyz', { as: session });

test('a node that is told to end says so, serves on for a while, finishes what runs and goes', async (t) => {
  const folder = await makeTestFolder(a.client());
  const bytes = randomBytes(2_000_000);
  // More than the sockets between us take.
  const large = randomBytes(40_000_000);
  const { id } = await upload(a.client(), folder.id, 'large.bin', large);
  const target = `/dav/common/${folder.name}/finished.bin`;
  const sending = await slowUpload(b, target, bytes);
  const receiving = await slowDownload(b, id);
  assert.equal((await ready(b)).status, 200);

  process.kill(b.pid, 'SIGTERM');
  let refusal: Response | null = null;
  await measure(t, 'readyz of the ending node answers 503', async () => {
    const answer = await ready(b);
    if (answer.status === 503) refusal = answer;
    return answer.status === 503;
  });
  assert.equal((refusal as Response | null)?.headers.get('cache-control'), 'no-store');
  await eventually('the others see it drain', async () => {
    const { nodes } = await a.client().call('status');
    return nodes.find((node) => node.name === 'b')?.state === 'draining';
  });
  // Balancers still send requests for a moment.
  assert.equal(
    await textOf(b.client(), (await upload(b.client(), folder.id, 'late.txt', 'late')).id),
    'late',
  );
  assert.equal(await sending.finish(), 201);
  assert.equal(sha256(await receiving.finish()), sha256(large));
  await eventually('it has ended', () => Promise.resolve(!isAlive(b.pid)));
  assert.equal(await b.stop(), 0);

  const { items } = await c.client().call('listChildren', { params: { id: folder.id } });
  assert.deepEqual(items.map((node) => node.name).sort(), ['finished.bin', 'large.bin', 'late.txt']);
  const back = await c.fetch('GET', target);
  assert.equal(sha256(await back.bytes()), sha256(bytes));
  const { nodes } = await c.client().call('status');
  assert.deepEqual(nodes.map((node) => [node.name, node.state]).sort(), [
    ['a', 'ready'],
    ['c', 'ready'],
  ]);
  assert.equal((await ready(a)).status, 200);
});

test('a node that dies leaves what was acknowledged and no half file; the others see it gone when its lease has ended', async () => {
  const folder = await makeTestFolder(a.client());
  const kept = await upload(c.client(), folder.id, 'kept.txt', 'kept');
  await slowUpload(c, `/dav/common/${folder.name}/half.bin`, randomBytes(2_000_000));
  process.kill(c.pid, 'SIGKILL');
  await c.stop();
  assert.equal(await textOf(a.client(), kept.id), 'kept');
  const { items } = await a.client().call('listChildren', { params: { id: folder.id } });
  assert.deepEqual(
    items.map((node) => node.name),
    ['kept.txt'],
  );
  await eventually('its lease ends', async () => {
    const { nodes } = await a.client().call('status');
    return nodes.length === 1 && nodes[0]?.name === 'a';
  });
});
