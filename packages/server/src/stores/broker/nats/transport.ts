/**
 * The client's own transport keeps sockets that its callers have given up: on a stale connection it first waits for everything written
 * to leave, which never ends where the other side takes nothing, and a dial that timed out stays open. This one lets go at once. And the
 * client names a host to TLS only where it is a name: the certificate of an address would be checked for "localhost".
 */
import type { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js';

/** @returns what makes transports for every connection of this process */
export async function strictTransports(): Promise<() => NodeTransport> {
  const { NodeTransport: Base } = await import('@nats-io/transport-node/lib/node_transport.js');
  class StrictTransport extends Base {
    override async dial(host: Parameters<NodeTransport['dial']>[0]): ReturnType<NodeTransport['dial']> {
      return Object.assign(await super.dial(host), { _host: host.hostname });
    }

    override disconnect(): void {
      this.socket.destroy(); // the end of the socket is the end of the transport, and begins the reconnection
    }

    override close(error?: Error): Promise<void> {
      if (this.connected) return super.close(error);
      this.discard();
      return Promise.resolve();
    }
  }
  return () => new StrictTransport();
}
