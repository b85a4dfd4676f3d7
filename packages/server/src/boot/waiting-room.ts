/**
 * What a node answers while it starts for longer than a moment (it migrates, or waits for a vault or for another node): alive, and not
 * ready. Its listening socket then goes to the server that follows, so that no connection is refused in between.
 */
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { setSecurityHeaders } from '../gateways/http/security-headers.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Readiness } from '../services/operations/api.ts';

export interface WaitingRoomOptions {
  readonly host: string;
  /** 0: nobody knows where to ask, so it never opens. */
  readonly port: number;
  /** @returns PEM texts; null for plain HTTP */
  readonly tls: () => { readonly cert: string; readonly key: string } | null;
  readonly log: Logger;
  /** Most starts are over before anybody needs to ask. */
  readonly afterMs?: number;
  readonly connectionMs?: number;
}

export interface WaitingRoom {
  /** The socket that listens already, for `server.listen`; null where none does. Whoever takes it closes it. */
  handOver(): Promise<Server | null>;
  close(): Promise<void>;
}

const opensAfterMs = 500;
/** Of a connection, whoever has the listening socket by then: an answer takes no time, and nobody is to hold one by bytes that trickle. */
const connectionMs = 10_000;
const retryAfterSeconds = 2;

export function openWaitingRoom(options: WaitingRoomOptions): WaitingRoom {
  const sockets = new Set<Socket>();
  let opening: Promise<Server | null> = Promise.resolve(null);
  const open = (): void => void (opening = listen(options, sockets));
  const timer = options.port === 0 ? undefined : setTimeout(open, options.afterMs ?? opensAfterMs);
  let handedOver = false;
  return {
    handOver() {
      clearTimeout(timer);
      handedOver = true;
      return opening;
    },
    async close() {
      clearTimeout(timer);
      const server = await opening;
      opening = Promise.resolve(null);
      if (server === null || handedOver) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** @returns null where the address can't be had (yet): the real server will say why, if it cannot either */
async function listen(options: WaitingRoomOptions, sockets: Set<Socket>): Promise<Server | null> {
  const { host, port, log } = options;
  try {
    const tls = options.tls();
    // It gets connections instead of listening itself: what listens can then be given away as it is.
    const http = tls === null ? createHttp(answer) : createHttps(tls, answer);
    const server = createServer((socket) => {
      sockets.add(socket);
      const timer = setTimeout(() => socket.destroy(), options.connectionMs ?? connectionMs).unref();
      socket.once('close', () => {
        clearTimeout(timer);
        sockets.delete(socket);
      });
      socket.on('error', () => socket.destroy());
      http.emit('connection', socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
    log.info({ host, port }, 'starting: alive, but not ready yet');
    return server;
  } catch (error) {
    log.debug({ err: error }, 'nothing to listen on while starting');
    return null;
  }
}

const answer: RequestListener = (request, response) => {
  const { status, type, body } = answerTo(request.url?.split('?')[0] ?? '');
  setSecurityHeaders(response);
  // The next request is for the server that follows.
  response.shouldKeepAlive = false;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', type);
  if (status === 503) response.setHeader('Retry-After', retryAfterSeconds);
  response.writeHead(status).end(body);
};

const text = 'text/plain; charset=utf-8';
const starting: Readiness = { ready: false, state: 'starting', stores: [] };

function answerTo(path: string): {
  readonly status: 200 | 503;
  readonly type: string;
  readonly body: string;
} {
  if (path === '/healthz') return { status: 200, type: text, body: 'ok\n' };
  if (path === '/readyz')
    return { status: 503, type: 'application/json; charset=utf-8', body: JSON.stringify(starting) };
  return { status: 503, type: text, body: 'This node is starting; try again in a moment.\n' };
}
