/** A line between browser and server that counts what goes out, and may be slow, cut once, or down. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Line {
  readonly url: string;
  /** Bytes that browsers have sent so far. */
  readonly sent: number;
  /** Bytes per second for each connection towards the server; null: as fast as it goes. */
  limit(bytesPerSecond: number | null): void;
  /** Breaks what is connected now. */
  cut(): void;
  /** While down, whatever connects is hung up on. */
  setDown(down: boolean): void;
  close(): Promise<void>;
}

export async function openLine(target: URL): Promise<Line> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let rate: number | null = null;
  let down = false;
  const cut = (): void => sockets.forEach((socket) => socket.destroy());

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const forward = async (from: Socket, to: Socket): Promise<void> => {
    for await (const piece of from as AsyncIterable<Buffer>) {
      sent += piece.length;
      if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      if (rate !== null) await wait(Math.max(1, (piece.length / rate) * 1000));
    }
    to.end();
  };
  const server = createServer({ highWaterMark: 64 * 1024 }, (browser) => {
    keep(browser);
    if (down) return void browser.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    keep(upstream);
    browser.once('close', () => upstream.destroy());
    upstream.once('close', () => browser.destroy());
    upstream.pipe(browser);
    forward(browser, upstream).catch(() => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get sent() {
      return sent;
    },
    limit: (bytesPerSecond) => void (rate = bytesPerSecond),
    cut,
    setDown(value) {
      down = value;
      if (down) cut();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
