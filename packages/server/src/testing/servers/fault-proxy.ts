import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface FaultProxy {
  readonly port: number;
  /** Holds every piece back this long, in both directions. */
  delay(ms: number): void;
  /** Resets all connections and refuses new ones. */
  cut(): void;
  /** Connections stay open and are accepted, but nothing passes any more. */
  blackhole(): void;
  /** As at the start. What a black hole has swallowed stays lost, so its connections are reset. */
  heal(): void;
  close(): Promise<void>;
}

/** A TCP proxy on loopback in front of a server: for latency, cuts, resets and half-open connections. */
export async function faultProxy(target: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let mode: 'pass' | 'cut' | 'blackhole' = 'pass';
  let delayMs = 0;
  const reset = () => {
    // Resetting a socket whose end is on its way leaves its handle half closed, and Node spins in it for ever when the process ends.
    for (const socket of sockets)
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    sockets.clear();
  };
  const pipe = (from: Socket, to: Socket) => {
    sockets.add(from);
    // Timers only say when the next piece may go: whatever delay was set in between, pieces keep their order.
    const held: (() => void)[] = [];
    let lastAt = 0;
    const later = (pass: () => void) => {
      const now = performance.now();
      lastAt = Math.max(lastAt, now + delayMs);
      if (lastAt === now && held.length === 0) return pass();
      held.push(pass);
      setTimeout(() => {
        const next = held.shift();
        if (mode === 'pass') next?.();
      }, lastAt - now);
    };
    from.setNoDelay(true);
    from.on('data', (chunk) => mode === 'pass' && later(() => to.writable && to.write(chunk)));
    from.on('end', () => mode === 'pass' && later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    // A listening socket that is closed loses its port to others, so refusing is a reset at once.
    if (mode === 'cut') return void client.resetAndDestroy();
    const upstream = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true });
    pipe(client, upstream);
    pipe(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    delay: (ms) => (delayMs = ms),
    cut: () => {
      mode = 'cut';
      reset();
    },
    blackhole: () => (mode = 'blackhole'),
    heal: () => {
      if (mode !== 'pass') reset();
      mode = 'pass';
      delayMs = 0;
    },
    close: () => {
      reset();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
