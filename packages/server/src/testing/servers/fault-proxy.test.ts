import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { type TestContext, describe, test } from 'node:test';
import { type FaultProxy, faultProxy } from './fault-proxy.ts';

/** A proxy in front of a server that says everything back. */
async function echoBehindProxy(t: TestContext): Promise<FaultProxy> {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await faultProxy((server.address() as AddressInfo).port);
  t.after(async () => {
    await proxy.close();
    server.close();
  });
  return proxy;
}

async function open(proxy: FaultProxy): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  await once(socket, 'connect');
  return socket;
}

async function echoes(socket: Socket, text: string): Promise<void> {
  let heard = '';
  const complete = new Promise<void>((resolve) =>
    socket.on('data', (chunk) => {
      heard += chunk;
      if (heard.length >= text.length) resolve();
    }),
  );
  socket.write(text);
  await complete;
  assert.equal(heard, text);
}

const closed = (socket: Socket) =>
  new Promise<string>((resolve) => {
    let code = 'closed';
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
    socket.on('close', () => resolve(code));
  });

describe('the fault proxy', () => {
  test('passes everything on, and the end of it', async (t) => {
    const socket = await open(await echoBehindProxy(t));
    await echoes(socket, 'x'.repeat(1_000_000));
    socket.end();
    await once(socket, 'end');
  });

  test('delays in both directions, and keeps the order when the delay shrinks', async (t) => {
    const proxy = await echoBehindProxy(t);
    const socket = await open(proxy);
    proxy.delay(60);
    const started = performance.now();
    await echoes(socket, 'there and back');
    assert.ok(performance.now() - started >= 118);
    socket.removeAllListeners('data');
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk));
    socket.write('first ');
    await new Promise((resolve) => setImmediate(resolve));
    proxy.delay(0);
    socket.write('second');
    while (heard.length < 12) await once(socket, 'data');
    assert.equal(heard, 'first second');
    socket.destroy();
  });

  test('cuts what is open, refuses what is new, and heals', async (t) => {
    const proxy = await echoBehindProxy(t);
    const socket = await open(proxy);
    await echoes(socket, 'open');
    const before = closed(socket);
    proxy.cut();
    assert.equal(await before, 'ECONNRESET');
    assert.equal(await closed(connect({ host: '127.0.0.1', port: proxy.port })), 'ECONNRESET');
    proxy.heal();
    const healed = await open(proxy);
    await echoes(healed, 'again');
    healed.destroy();
  });

  test('lets nothing through a black hole while connections stay open', async (t) => {
    const proxy = await echoBehindProxy(t);
    const old = await open(proxy);
    await echoes(old, 'open');
    proxy.blackhole();
    const young = await open(proxy);
    let heard = 0;
    for (const socket of [old, young]) {
      socket.on('data', () => (heard += 1));
      socket.write('is anybody there?');
    }
    // Two turns through another proxy take longer than an echo through this one would.
    const other = await open(await echoBehindProxy(t));
    await echoes(other, 'one');
    other.destroy();
    assert.equal(heard, 0);
    assert.deepEqual([old.readyState, young.readyState], ['open', 'open']);
    const gone = Promise.all([closed(old), closed(young)]);
    proxy.heal();
    assert.deepEqual(await gone, ['ECONNRESET', 'ECONNRESET']);
  });

  test('ends the connection where the server is gone', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const proxy = await faultProxy(port);
    await closed(connect({ host: '127.0.0.1', port: proxy.port }));
    await proxy.close();
  });
});
