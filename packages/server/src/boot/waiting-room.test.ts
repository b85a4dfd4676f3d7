import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp, request, type IncomingMessage } from 'node:http';
import { createServer as createHttps, request as requestSafely } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { silentLogger } from '../kernel/logger.ts';
import { makeCertificates } from '../testing/certificates.ts';
import { openWaitingRoom, type WaitingRoom, type WaitingRoomOptions } from './waiting-room.ts';
import { until } from '../testing/expectations.ts';

const host = '127.0.0.1';
const certificates = makeCertificates();
after(() => certificates?.remove());
const skip = certificates === null ? 'no openssl on this machine' : false;

test('is alive and not ready, and says when to ask again', async () => {
  const port = await freePort();
  const room = await open(port);
  const health = await fetch(`http://${host}:${port}/healthz`);
  assert.equal(health.status, 200);
  assert.equal(health.headers.get('cache-control'), 'no-store');
  const ready = await fetch(`http://${host}:${port}/readyz?verbose`);
  assert.equal(ready.status, 503);
  assert.equal(ready.headers.get('cache-control'), 'no-store');
  assert.match(ready.headers.get('retry-after') ?? '', /^\d+$/);
  assert.deepEqual(await ready.json(), { ready: false, state: 'starting', stores: [] });
  for (const path of ['/', '/healthz/', '/dav/common/a', '/api/v1/workspaces', '/readyzz']) {
    const other = await fetch(`http://${host}:${port}${path}`, { method: 'PUT', body: 'x'.repeat(1000) });
    assert.equal(other.status, 503, path);
    assert.equal(other.headers.get('connection'), 'close');
    assert.match(other.headers.get('retry-after') ?? '', /^\d+$/);
    assert.match(await other.text(), /starting/);
  }
  await room.close();
  assert.equal(await room.handOver(), null, 'closed is closed');
});

test('gives its socket to the server that follows without refusing a connection', async () => {
  const port = await freePort();
  const room = await open(port);
  const server = createHttp((_request, response) => void response.end('ready'));
  const answers = new Set<string>();
  let over = false;
  const clients = Array.from({ length: 8 }, async () => {
    while (!over) answers.add(await ask(port));
  });
  await until(() => answers.size === 1);
  const socket = await room.handOver();
  assert.notEqual(socket, null);
  await new Promise<void>((resolve) => server.listen(socket, 100, resolve));
  assert.deepEqual(server.address(), { address: host, family: 'IPv4', port });
  await until(() => answers.has('200 ready'));
  over = true;
  await Promise.all(clients);
  assert.deepEqual([...answers].sort(), ['200 ready', '503 This node is starting; try again in a moment.\n']);
  assert.equal(await ask(port), '200 ready');
  await room.close(); // no longer its own
  assert.equal(await ask(port), '200 ready');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await assert.rejects(once(connect(port, host), 'connect'), { code: 'ECONNREFUSED' });
});

test('speaks TLS where the node does, and gives that socket away too', { skip }, async () => {
  assert.ok(certificates);
  const { ca, serverCert, serverKey } = certificates;
  const [tls, authority] = [
    { cert: readFileSync(serverCert, 'utf8'), key: readFileSync(serverKey, 'utf8') },
    readFileSync(ca),
  ];
  const port = await freePort();
  const room = await open(port, () => tls);
  const askSafely = (): Promise<string> => ask(port, { request: requestSafely, ca: authority });
  assert.equal(await askSafely(), '503 This node is starting; try again in a moment.\n');
  const server = createHttps(tls, (_request, response) => void response.end('ready'));
  const socket = await room.handOver();
  await new Promise<void>((resolve) => server.listen(socket, 100, resolve));
  assert.equal(await askSafely(), '200 ready');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

test(
  'cuts a request that trickles in, also when its socket has gone to the server that follows',
  { timeout: 20_000 },
  async () => {
    const port = await freePort();
    const room = await open(port, () => null, { connectionMs: 300 });
    const client = connect(port, host).on('error', () => {});
    await once(client, 'connect');
    client.write('GET / HTTP/1.1\r\nX: ');
    const trickle = setInterval(() => client.write('x'), 20);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const socket = await room.handOver();
    await closed;
    clearInterval(trickle);
    socket?.close();
  },
);

test('never opens for a start that is over soon, nor on a port that nobody knows', async () => {
  const port = await freePort();
  const soon = openWaitingRoom({ host, port, tls: () => null, log: silentLogger, afterMs: 60_000 });
  assert.equal(await soon.handOver(), null);
  await soon.close();
  const anywhere = openWaitingRoom({ host, port: 0, tls: () => null, log: silentLogger, afterMs: 0 });
  assert.equal(await anywhere.handOver(), null);
  await anywhere.close();
});

test('leaves it to the server that follows to say what is wrong with the address', async () => {
  const holder = createServer().listen(0, host);
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const room = await open(port);
  assert.equal(await room.handOver(), null);
  await room.close();
  holder.close();
});

async function open(
  port: number,
  tls: WaitingRoomOptions['tls'] = () => null,
  options: Pick<WaitingRoomOptions, 'connectionMs'> = {},
): Promise<WaitingRoom> {
  const opened = Promise.withResolvers<void>();
  const log = {
    ...silentLogger,
    info: () => opened.resolve(),
    debug: () => opened.resolve(),
  };
  const room = openWaitingRoom({ host, port, tls, log, afterMs: 0, ...options });
  await opened.promise;
  return room;
}

interface Way {
  readonly request?: typeof requestSafely;
  readonly ca?: Buffer;
}

/** A connection of its own each time. @throws where it is refused or cut */
async function ask(port: number, { request: by = request, ca }: Way = {}): Promise<string> {
  const asked = by({ host, port, path: '/', agent: false, ...(ca === undefined ? {} : { ca }) }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response) text += String(piece);
  return `${response.statusCode} ${text}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
