import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { DavRequest } from './request.ts';
import { describeError } from './errors.ts';

/** Ways to answer: every answer has its length or is chunked by Node, headers and small bodies leave in one write. */

export function sendEmpty(res: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  if (status !== 204 && status !== 304) headers['Content-Length'] = 0;
  res.writeHead(status, headers);
  res.end();
}

export function sendXml(
  res: ServerResponse,
  status: number,
  xml: string,
  headers: OutgoingHttpHeaders = {},
): void {
  headers['Content-Type'] = 'application/xml; charset=utf-8';
  headers['Content-Length'] = Buffer.byteLength(xml);
  res.writeHead(status, headers);
  res.end(xml, 'utf8');
}

/** Resolves when the response takes more, or when it is closed; null where there is nothing to wait for. */
export function roomIn(res: ServerResponse): Promise<void> | null {
  if (!res.writableNeedDrain || res.destroyed) return null;
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
  });
}

const lingerMs = 3000;

/** Answers with an error, in whatever state the response is. What is left of the request's body does not hang the connection. */
export async function sendError(
  dav: Pick<DavRequest, 'request' | 'body'>,
  thrown: unknown,
  href: string,
): Promise<void> {
  const { raw, res, id, log } = dav.request;
  const method = raw.method ?? '';
  const answer = describeError(thrown, method, id, href);
  if (answer.status === 500) log.error({ err: thrown, method }, 'dav request failed');
  if (res.headersSent || res.destroyed) {
    // Part of a body is out: only a cut connection tells the client that the rest won't come.
    res.destroy();
    return;
  }
  const left = dav.body.left;
  const headers: OutgoingHttpHeaders = {
    ...answer.headers,
    'Content-Type': 'application/xml; charset=utf-8',
    'Content-Length': Buffer.byteLength(answer.body),
  };
  if (left === 'much' || left === 'withheld') headers['Connection'] = 'close';
  res.writeHead(answer.status, headers);
  if (left === 'much') {
    // Closing at once would reset the connection under a client that is still sending, and lose the answer.
    res.write(answer.body, 'utf8');
    await dav.body.discard(lingerMs);
    res.end();
    return;
  }
  res.end(method === 'HEAD' ? undefined : answer.body, 'utf8');
}
