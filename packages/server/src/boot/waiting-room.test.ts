import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp, request, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { silentLogger } from '../kernel/logger.ts';
import { openWaitingRoom, type WaitingRoom } from './waiting-room.ts';

const host = '127.0.0.1';

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

async function open(port: number): Promise<WaitingRoom> {
  const opened = Promise.withResolvers<void>();
  const log = {
    ...silentLogger,
    info: () => opened.resolve(),
    debug: () => opened.resolve(),
  };
  const room = openWaitingRoom({ host, port, tls: () => null, log, afterMs: 0 });
  await opened.promise;
  return room;
}

/** A connection of its own each time. @throws where it is refused or cut */
async function ask(port: number): Promise<string> {
  const asked = request({ host, port, path: '/', agent: false }).end();
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

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
