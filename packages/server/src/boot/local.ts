/**
 * How commands on this machine reach Volvox: through the control socket of the node that runs on the data folder; where none runs, the
 * stores are opened here, without followers and duties, and a socket like it is served for as long as the command takes.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '../kernel/errors.ts';
import type { Bootstrap } from './bootstrap.ts';
import { controlSocketOf, listenOnSocket } from './gateways.ts';
import { openServices } from './opened-services.ts';
import { usesDataFolder } from './stores.ts';

export interface Local {
  /** The Fetch API over the socket; host and port of the URL are ignored. */
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

/** @throws not_found where nothing has been started yet: a command that only looks must not make a data folder */
export async function openLocal(bootstrap: Bootstrap): Promise<Local> {
  const running = controlSocketOf(bootstrap);
  await checkOwner(running);
  if (await answers(running)) return { fetch: socketFetch(running), close: () => Promise.resolve() };
  if (usesDataFolder(bootstrap) && !existsSync(bootstrap.data))
    throw new AppError(
      'not_found',
      `there is no data folder ${bootstrap.data}: name it with --data, or begin with "volvox start" or "volvox setup"`,
      { details: { reason: 'no_data' } },
    );
  const opened = await openServices(bootstrap);
  // In a folder of its own, which only we may enter: the path of the data folder may be too long for a socket.
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-'));
  const close = async (): Promise<void> => {
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const socket = path.join(folder, 'control.sock');
    const server = await listenOnSocket({ ...opened, bootstrap, local: true, webRoot: null }, socket);
    return {
      fetch: socketFetch(socket),
      async close() {
        await server?.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Who may write into the data folder could put a socket there that hears what commands say, passwords too. Ours, the superuser's, and for
 * the superuser that of the folder's owner are taken. @throws forbidden
 */
async function checkOwner(socket: string): Promise<void> {
  const me = process.getuid?.();
  const found = await stat(socket).catch(() => null);
  if (me === undefined || found === null || found.uid === me || found.uid === 0) return;
  if (me === 0 && found.uid === (await stat(path.dirname(socket))).uid) return;
  throw new AppError(
    'forbidden',
    `${socket} belongs to another user (${found.uid}): run the command as the user of the server`,
  );
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
