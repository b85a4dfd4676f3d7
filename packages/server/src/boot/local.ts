/**
 * How commands on this machine reach Volvox: through the control socket of the node that runs on the data folder; where none runs, the
 * stores are opened here, without followers and duties, and the same socket is served for as long as the command takes.
 */
import { request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import type { Bootstrap } from './bootstrap.ts';
import { controlSocketOf, listenOnSocket } from './gateways.ts';
import { openServices } from './node.ts';

export interface Local {
  /** The Fetch API over the socket; host and port of the URL are ignored. */
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

export async function openLocal(bootstrap: Bootstrap): Promise<Local> {
  const socket = controlSocketOf(bootstrap);
  if (await answers(socket)) return { fetch: socketFetch(socket), close: () => Promise.resolve() };
  const opened = await openServices(bootstrap);
  try {
    const server = await listenOnSocket({
      bootstrap,
      services: opened.services,
      metrics: opened.metrics,
      log: opened.log,
      webRoot: null,
    });
    return {
      fetch: socketFetch(socket),
      async close() {
        await server?.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function socketFetch(socketPath: string): typeof globalThis.fetch {
  return async (input, init) => {
    const { method, url, headers, body } = new Request(input, init);
    const { pathname, search } = new URL(url);
    const bytes = body === null ? null : Buffer.from(await new Response(body).arrayBuffer());
    return new Promise<Response>((resolve, reject) => {
      const sent = request(
        {
          socketPath,
          method,
          path: pathname + search,
          headers: { ...Object.fromEntries(headers), host: 'localhost', connection: 'close' },
        },
        (answer) => {
          const status = answer.statusCode ?? 500;
          const answerHeaders = Object.entries(answer.headers).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, String(value)] as [string, string]],
          );
          const empty = status === 204 || status === 304;
          if (empty) answer.resume();
          resolve(
            new Response(empty ? null : (Readable.toWeb(answer) as ReadableStream), {
              status,
              headers: answerHeaders,
            }),
          );
        },
      );
      sent.once('error', reject);
      sent.end(bytes ?? undefined);
    });
  };
}
