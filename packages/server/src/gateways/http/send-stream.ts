import type { ServerResponse } from 'node:http';
import { giveBackBuffer } from '../../kernel/buffer-pool.ts';
import type { GatewayRequest } from '../contract.ts';
import type { StreamAnswer } from './handler.ts';
import { sendProblem } from './problem-answer.ts';

/** Writes bytes to the bare response, as fast as the other side takes them; a failing source cuts the connection. */
export async function sendStream(request: GatewayRequest, answer: StreamAnswer): Promise<void> {
  const { res, raw } = request;
  const { body } = answer;
  try {
    if (typeof body === 'function') return await body(request);
    if (raw.method === 'HEAD' || body === null || body instanceof Uint8Array) {
      res.writeHead(answer.status, answer.headers);
      res.end(raw.method === 'HEAD' || body === null ? undefined : body);
      return;
    }
    const iterator = body[Symbol.asyncIterator]();
    let next = await iterator.next(); // before the head: what fails at once is still a proper answer
    res.writeHead(answer.status, answer.headers);
    while (next.done !== true) {
      const piece = next.value;
      const flowing = res.write(piece, (error) => error ?? giveBackBuffer(piece));
      if (!flowing && !(await writable(res))) return void (await iterator.return?.());
      next = await iterator.next();
    }
    res.end();
  } catch (error) {
    sendProblem(request, error);
  }
}

/** @returns false when the client has gone */
export function writable(res: ServerResponse): Promise<boolean> {
  if (res.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      res.off('close', done);
      resolve(!res.destroyed);
    };
    res.on('drain', done);
    res.on('close', done);
  });
}
