import type { RequestScope } from './request-scope.ts';

export interface FinishedRequest {
  readonly method: string;
  readonly route: string;
  /** 499: the client went away before the answer's end. */
  readonly status: number;
  readonly ms: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const slowMs = 2_000;

export function finishedOf(scope: RequestScope): FinishedRequest {
  const { raw, res } = scope;
  const stated = Number(raw.headers['content-length'] ?? 0);
  return {
    method: raw.method ?? '',
    route: scope.route,
    status: res.writableFinished ? res.statusCode : 499,
    ms: performance.now() - scope.startedAt,
    bytesIn: Math.max(raw.complete ? stated : 0, raw.socket.bytesRead - scope.bytesReadBefore),
    bytesOut: raw.socket.bytesWritten - scope.bytesWrittenBefore,
  };
}

/** 503: a store is away, which has lines of its own. 502: WebDAV's answer to a Destination on another server (RFC 4918 section 9.9.4). */
const foreign = new Set([502, 503]);

/** One line per request: faults of ours as warnings, what was slow as information, the rest for debugging. */
export function logFinished(scope: RequestScope, finished: FinishedRequest): void {
  const level =
    finished.status >= 500 && !foreign.has(finished.status)
      ? 'warn'
      : finished.ms > slowMs && finished.route !== 'events'
        ? 'info'
        : 'debug';
  scope.logAt(level, { ...finished, ms: Math.round(finished.ms * 10) / 10, user: scope.user }, 'request');
}
