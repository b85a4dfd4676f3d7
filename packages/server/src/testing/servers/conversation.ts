/** Small talk with a server over a plain socket or HTTP, enough to know that it is ready; no driver is involved. */
import { connect } from 'node:net';

const answerLimitMs = 2_000;

/** Sends `hello` and hands what has come back to `enough` until that says true; false where the server ends or waits too long. */
export function converse(
  port: number,
  hello: Uint8Array | string | null,
  enough: (answer: Buffer) => boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const chunks: Buffer[] = [];
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(answerLimitMs, () => end(false));
    socket.on('connect', () => hello !== null && socket.write(hello));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (enough(Buffer.concat(chunks))) end(true);
    });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}

export function http(
  port: number,
  resource: string,
  {
    method = 'GET',
    limitMs = answerLimitMs,
    body,
    headers = {},
  }: { method?: string; limitMs?: number; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${resource}`, {
    method,
    headers: { connection: 'close', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(limitMs),
  });
}
