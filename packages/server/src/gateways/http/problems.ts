import { errorCodes, type ErrorCode, type Problem } from '@volvox/api';
import { toAppError, type AppError } from '../../kernel/errors.ts';
import { contentRange } from '../http-semantics/ranges.ts';

/** RFC 9457 problem documents: the one table from error code to HTTP status, and what of an error leaves the server. */

/**
 * `setup_required` is 503: nothing the client sends can be right yet, and no cache or proxy keeps a 503. `unsupported`
 * is 501, and 405 where only the method is wrong. The tus gateway answers 460 for `checksum_mismatch`, as tus says.
 */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  unauthenticated: 401,
  second_factor_required: 401,
  step_up_required: 403,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  locked: 423,
  quota_exceeded: 507,
  storage_full: 507,
  too_large: 413,
  range_not_satisfiable: 416,
  checksum_mismatch: 422,
  incomplete_body: 400,
  unsupported: 501,
  unsupported_media_type: 415,
  too_many_requests: 429,
  gone: 410,
  setup_required: 503,
  read_only: 503,
  unavailable: 503,
  timeout: 504,
  aborted: 503,
  corrupt: 500,
  internal: 500,
};

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly error: AppError;
}

/** Codes whose cause is ours: their message may hold what a client must not read. */
const opaque: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['internal', 'corrupt']);

export function problemOf(thrown: unknown, requestId: string, status?: number): ProblemAnswer {
  const error = toAppError(thrown);
  const problem: Problem = {
    type: `urn:volvox:error:${error.code}`,
    title: errorCodes[error.code],
    status: status ?? statusOf[error.code],
    code: error.code,
    ...(opaque.has(error.code) ? {} : { detail: error.message }),
    requestId,
    ...(opaque.has(error.code) || Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  };
  const retryAfter = retryAfterOf(error);
  return {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json; charset=utf-8',
      'Cache-Control': 'no-store',
      ...(retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }),
      ...(error.code === 'range_not_satisfiable'
        ? { 'Content-Range': contentRange(null, Number(error.details['size'] ?? 0)) }
        : {}),
    },
    body: JSON.stringify(problem),
    error,
  };
}

function retryAfterOf(error: AppError): number | null {
  const told = error.details['retryAfter'];
  if (typeof told === 'number' && Number.isFinite(told)) return Math.max(1, Math.ceil(told));
  if (error.code === 'too_many_requests') return 30;
  return error.code === 'unavailable' || error.code === 'aborted' ? 2 : null;
}
