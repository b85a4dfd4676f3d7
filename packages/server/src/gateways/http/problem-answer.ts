import type { GatewayRequest } from '../contract.ts';
import { RequestBody } from '../dav/body.ts';
import { challengeOf } from './authentication.ts';
import { problemOf } from './problems.ts';

const lingerMs = 3_000;

interface Extra {
  /** Instead of the code's own status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | number>>;
}

/** Answers with a problem document on the bare response; where the answer has begun already, cuts the connection instead. */
export function sendProblem(request: GatewayRequest, thrown: unknown, extra: Extra = {}): void {
  const { res, raw } = request;
  const problem = problemOf(thrown, request.id, extra.status);
  const { error } = problem;
  // What clients don't see of an error, the log has.
  if (problem.status === 500)
    request.log.error({ err: error, cause: error.cause, code: error.code }, 'request failed');
  if (res.headersSent || res.destroyed) {
    res.destroy(); // a cut answer is seen as one; an error text in the middle of a file is not
    return;
  }
  const text = Buffer.from(problem.body);
  const headers = { ...problem.headers, ...extra.headers, 'Content-Length': text.length };
  const challenge = problem.status === 401 ? { 'WWW-Authenticate': challengeOf(raw) } : {};
  const body = new RequestBody(raw, res);
  const { left } = body;
  const close = left === 'much' || left === 'withheld' ? { Connection: 'close' } : {};
  res.writeHead(problem.status, { ...headers, ...challenge, ...close });
  if (left === 'much') {
    // Closing at once would reset the connection under a client that is still sending, and lose the answer.
    if (raw.method !== 'HEAD') res.write(text);
    void body.discard(lingerMs).then(() => res.end());
    return;
  }
  if (left === 'little') raw.resume();
  res.end(raw.method === 'HEAD' ? undefined : text);
}
