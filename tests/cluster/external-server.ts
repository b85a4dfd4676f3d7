/** An external server behind a proxy: what nodes are told is the proxy's address, so that it can be killed, frozen or cut off. */
import {
  faultProxy,
  startServer,
  type FaultProxy,
  type OwnServer,
  type ServerKind,
} from '../../packages/server/src/testing/servers/index.ts';

export interface ExternalServer {
  readonly kind: ServerKind;
  /** Through the proxy. */
  readonly url: string;
  /** Past the proxy, for the test itself. */
  readonly directUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly server: OwnServer;
  readonly proxy: FaultProxy;
  stop(): Promise<void>;
}

export async function externalServer(kind: ServerKind): Promise<ExternalServer> {
  const server = await startServer(kind);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(server.url)?.[1]);
  const proxy = await faultProxy(port);
  return {
    kind,
    url: server.url.replace(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`),
    directUrl: server.url,
    environment: server.environment,
    server,
    proxy,
    async stop() {
      await proxy.close();
      await server.stop();
    },
  };
}
