/** Which protocols a node speaks, on which address, and the control socket for commands on this machine. */
import { readFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Services } from '../gateways/contract.ts';
import { createDavGateway } from '../gateways/dav/gateway.ts';
import { createHttpServer, type HttpServer } from '../gateways/http/server.ts';
import { createOidcGateways } from '../gateways/oidc/gateway.ts';
import { createScimGateway } from '../gateways/scim/gateway.ts';
import { createTusGateway } from '../gateways/tus/gateway.ts';
import type { Metrics } from '../services/operations/metrics.ts';
import type { Bootstrap } from './bootstrap.ts';
import { version } from './version.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface Listener {
  /** Where clients of this machine reach it. */
  readonly url: string;
  drain(deadlineMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly bootstrap: Bootstrap;
  /** The data folder is this node's: there is a place for the control socket. */
  readonly local: boolean;
  readonly services: Services;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** null: no pages are served. */
  readonly webRoot: string | null;
  /** Has the address meanwhile. */
  readonly waitingRoom: WaitingRoom;
}

/** Commands that run may finish, as other requests. */
export type ControlSocket = Pick<HttpServer, 'drain' | 'close'>;

/** Longer paths do not fit into a socket address (sockaddr_un). */
const socketPathLimit = 100;

export function controlSocketOf(bootstrap: Bootstrap): string {
  return path.join(bootstrap.data, 'control.sock');
}

export async function listen(options: ListenOptions): Promise<Listener> {
  const { bootstrap } = options;
  const server = await httpServer(options);
  const { host, port } = bootstrap.listen;
  const address = await server.listen(host, port, await options.waitingRoom.handOver());
  const control = await (options.local ? listenOnSocket(options) : null)?.catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  const shown = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `${bootstrap.tls === null ? 'http' : 'https'}://${shown}:${address.port}`,
    async drain(deadlineMs) {
      await Promise.all([server.drain(deadlineMs), control?.drain(deadlineMs)]);
      await server.close();
      await control?.close();
    },
  };
}

/**
 * The REST routes on a socket in the data folder, which only its owner may enter: whoever can connect could as well read the stores, so
 * requests there act as the system itself.
 */
export async function listenOnSocket(
  options: Omit<ListenOptions, 'waitingRoom'>,
  file = controlSocketOf(options.bootstrap),
): Promise<ControlSocket | null> {
  if (file.length > socketPathLimit) {
    options.log.warn(
      { limit: socketPathLimit },
      'no control socket: the path of the data folder is too long',
    );
    return null;
  }
  // The lock of the data folder is ours, so a socket that is there was left behind.
  await rm(file, { force: true });
  const server = await httpServer({ ...options, webRoot: null }, true);
  await server.listenOnSocket(file);
  await chmod(file, 0o600);
  return {
    drain: (deadlineMs) => server.drain(deadlineMs),
    async close() {
      await server.close();
      await rm(file, { force: true });
    },
  };
}

function httpServer(
  { bootstrap, services, metrics, log, webRoot }: Omit<ListenOptions, 'waitingRoom'>,
  control = false,
) {
  const address = bootstrap.url === null ? {} : { publicUrl: bootstrap.url };
  return createHttpServer({
    services,
    log,
    gateways: control
      ? []
      : [
          createDavGateway(services, address),
          createTusGateway(services, address),
          createScimGateway(services, address),
          ...createOidcGateways(services, address),
        ],
    version,
    webRoot,
    control,
    onFinished: (finished) => metrics.request(finished),
    ...address,
    ...(bootstrap.trustProxy.length === 0 ? {} : { trustProxy: bootstrap.trustProxy.join(',') }),
    ...(bootstrap.tls === null || control ? {} : { tls: readTls(bootstrap.tls) }),
  });
}

/** @throws invalid_input naming variable and file */
export function readTls(tls: { readonly cert: string; readonly key: string }): { cert: string; key: string } {
  const read = (variable: string, file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new AppError(
        'invalid_input',
        `${variable}: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  };
  return { cert: read('VOLVOX_TLS_CERT', tls.cert), key: read('VOLVOX_TLS_KEY', tls.key) };
}
