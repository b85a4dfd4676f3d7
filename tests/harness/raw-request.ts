/** Requests written byte by byte, for clients that break off or lie about what they send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { ServerProcess } from './server-process.ts';

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
  /** How the client ends: closes its side after the last byte, or cuts the connection. */
  readonly end: 'close' | 'reset';
}

/** Sends it and breaks off. @returns what came back before, '' if nothing did */
export async function breakOff(server: ServerProcess, request: RawRequest): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (piece) => (answer += piece.toString()));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  const headers = { host: 'localhost', authorization: server.authorization, ...request.headers };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${request.method} ${request.target} HTTP/1.1\r\n${head.join('')}\r\n`);
  await new Promise<void>((resolve) => socket.write(request.body, () => resolve()));
  if (request.end === 'close') socket.end();
  else socket.resetAndDestroy();
  await closed;
  return answer;
}
