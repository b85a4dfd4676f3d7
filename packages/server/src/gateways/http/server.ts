import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, ListenOptions, Server as SocketServer } from 'node:net';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RawGateway, Services } from '../contract.ts';
import { createLiveUpdates } from '../live/live-updates.ts';
import { createStaticSite } from '../static/static-site.ts';
import { placedIdentity } from '../circumstances.ts';
import { createAuthenticator, systemAuthenticator } from './authentication.ts';
import { createDispatcher } from './dispatcher.ts';
import { sendProblem } from './problem-answer.ts';
import { RequestScope } from './request-scope.ts';
import { createRest } from './rest.ts';
import { finishedOf, logFinished, type FinishedRequest } from './request-log.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { createSetupGate } from './setup-gate.ts';
import { parseProxyTrust } from './trusted-proxies.ts';

export interface HttpServerOptions {
  readonly services: Services;
  readonly log: Logger;
  /** Protocols on the bare request (WebDAV, tus); they see a request before anything of ours does. */
  readonly gateways: readonly RawGateway[];
  readonly version: string;
  /** Folder of the built web application; null where this node serves none. */
  readonly webRoot: string | null;
  /** VOLVOX_URL: its origin counts as our own. */
  readonly publicUrl?: string;
  /** VOLVOX_TRUST_PROXY */
  readonly trustProxy?: string;
  /** PEM texts */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Whoever can connect is the system itself: for a socket that only the owner of the data folder may enter. */
  readonly control?: boolean;
  readonly onFinished?: (request: FinishedRequest) => void;
  /** Until all headers must have come; tests shorten it. */
  readonly headersTimeoutMs?: number;
}

export interface HttpServer {
  /**
   * @param listening has that address already, and gives up its socket: no connection is refused in between
   * @returns the address in use; port 0 takes a free one. @throws unavailable where the address can't be had
   */
  listen(host: string, port: number, listening?: SocketServer | null): Promise<AddressInfo>;
  /** On a socket in the file system instead. */
  listenOnSocket(file: string): Promise<void>;
  /** Takes no new connections, finishes running requests, ends live streams; at the deadline cuts what is left. */
  drain(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

const idleSocketMs = 5 * 60_000;
const backlog = 1024;

/** The one listening server of a node: connection care, request scopes, dispatch to the gateways. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { services, log } = options;
  const trust = parseProxyTrust(options.trustProxy);
  const live = createLiveUpdates(services, log);
  const gate = createSetupGate(services.identity);
  const authenticator =
    options.control === true
      ? systemAuthenticator
      : createAuthenticator(placedIdentity(services.identity, services.access, 'api'), options.publicUrl);
  const rest = await createRest({
    services,
    authenticator,
    gate,
    live,
    version: options.version,
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
  });
  const site = await createStaticSite(options.webRoot);
  const dispatch = createDispatcher({ gateways: options.gateways, rest, site, gate });
  // Who names an https address keeps cookies off plain connections, even where the proxy in front does not say how it was asked.
  const tls = options.tls !== undefined || options.publicUrl?.startsWith('https:') === true;
  const running = new Set<RequestScope>();
  let draining = false;

  const onRequest = (raw: IncomingMessage, res: ServerResponse): void => {
    const scope = new RequestScope(raw, res, trust, tls, log);
    running.add(scope);
    if (draining) res.shouldKeepAlive = false;
    setSecurityHeaders(res);
    res.setHeader('X-Request-Id', scope.id);
    res.once('close', () => {
      running.delete(scope);
      if (!res.writableFinished) scope.abort('the client went away');
      const finished = finishedOf(scope);
      logFinished(scope, finished);
      options.onFinished?.(finished);
      // Its headers may have promised to keep the connection, before draining began.
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
    dispatch(scope).catch((error: unknown) => sendProblem(scope, error));
  };

  const server = makeServer(options);
  server.on('request', onRequest);
  server.on('checkContinue', (raw: IncomingMessage, res: ServerResponse) => {
    closeUnlessContinued(raw, res);
    onRequest(raw, res);
  });

  return {
    async listen(host, port, listening = null) {
      await listen(server, listening ?? { host, port, backlog }, `${host}:${port}`);
      const address = server.address();
      if (address === null || typeof address === 'string')
        throw new AppError('internal', 'listening without an address');
      return address;
    },
    listenOnSocket: (file) => listen(server, { path: file, backlog }, file),
    async drain(deadlineMs) {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const scope of running) if (!scope.res.headersSent) scope.res.shouldKeepAlive = false;
      live.end();
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const scope of running) scope.abort('the server is stopping');
        server.closeAllConnections();
      }, deadlineMs);
      await closed;
      clearTimeout(timer);
    },
    async close() {
      live.end();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await rest.close();
    },
  };
}

function makeServer(options: HttpServerOptions): Server {
  const settings = {
    noDelay: true,
    keepAlive: true,
    keepAliveTimeout: 65_000, // longer than the 60 s after which usual load balancers drop an idle connection
    headersTimeout: options.headersTimeoutMs ?? 20_000,
    requestTimeout: 0, // an upload takes as long as it takes; a silent socket is cut below
    connectionsCheckingInterval: Math.min(5_000, options.headersTimeoutMs ?? 5_000),
    maxHeaderSize: 32 * 1024,
  };
  const server = options.tls ? createTlsServer({ ...settings, ...options.tls }) : createPlainServer(settings);
  server.timeout = idleSocketMs;
  return server;
}

/** Who refuses a body that waits for `100 Continue` can't know whether it comes nevertheless: the connection ends then. */
function closeUnlessContinued(raw: IncomingMessage, res: ServerResponse): void {
  const keep = res.shouldKeepAlive;
  const proceed = res.writeContinue.bind(res);
  res.shouldKeepAlive = false;
  res.writeContinue = (callback) => {
    res.shouldKeepAlive = keep;
    delete raw.headers.expect; // from here on it is a body like any other
    proceed(callback);
  };
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program; choose another address, or stop that program',
  EACCES: 'may not be listened on; ports under 1024 need root or CAP_NET_BIND_SERVICE',
};

function listen(server: Server, where: ListenOptions | SocketServer, shown: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      const text = listenFaults[cause.code ?? ''] ?? `can't be listened on: ${cause.message}`;
      reject(new AppError('unavailable', `VOLVOX_LISTEN: ${shown} ${text}`, { cause }));
    };
    server.once('error', failed);
    const listens = (): void => {
      server.off('error', failed);
      resolve();
    };
    // A server that listens is a handle to Node, which takes the backlog beside it.
    if ('listening' in where) server.listen(where, backlog, listens);
    else server.listen(where, listens);
  });
}
