/** The administrator's requests to the balancer or to one node, each written down with its outcome. */
import { createClient } from '@volvox/client';
import type { Target } from '../harness/server-process.ts';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** Milliseconds, monotonic. */
  readonly from: number;
  readonly until: number;
  /** 0: no answer. */
  readonly status: number;
  readonly detail: string;
}

export type Note = (exchange: Exchange) => void;

/** Longer than any fault: a request that gets an answer in the end is no failure. */
const patienceMs = 90_000;

export function targetOf(url: string, token: string, note: Note): Target {
  const send: typeof fetch = async (input, init = {}) => {
    const from = performance.now();
    const method = init.method ?? 'GET';
    const { pathname } = new URL(String(input));
    const done = (status: number, detail: string): void =>
      note({ method, path: pathname, from, until: performance.now(), status, detail });
    try {
      const answer = await fetch(input, { signal: AbortSignal.timeout(patienceMs), ...init });
      const detail = answer.status < 500 ? '' : await answer.clone().text();
      done(answer.status, detail.slice(0, 400));
      return answer;
    } catch (error) {
      done(0, describe(error));
      throw error;
    }
  };
  return {
    url,
    client: createClient({ baseUrl: url, auth: { kind: 'bearer', secret: token }, fetch: send }),
    request: (method, target, init = {}) =>
      send(url + target, { method, ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.name} ${error.message}${cause}`;
}
