import { errorCodes, type ErrorCode, type Problem } from '@volvox/api';

/** A problem document of the server as an exception: switch on `code`. `status` 0: no answer came at all. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  /** Seconds to wait before trying again, where the server says so. */
  readonly retryAfter: number | null;

  constructor(
    code: ErrorCode,
    message: string,
    facts: {
      status: number;
      requestId?: string;
      details?: Readonly<Record<string, unknown>>;
      retryAfter?: number | null;
      cause?: unknown;
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = facts.status;
    this.requestId = facts.requestId ?? null;
    this.details = facts.details ?? {};
    this.retryAfter = facts.retryAfter ?? null;
  }
}

export function isApiError(error: unknown, code?: ErrorCode): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}

export async function errorOf(response: globalThis.Response): Promise<ApiError> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  const code =
    problem.code !== undefined && problem.code in errorCodes ? problem.code : codeOfStatus(response.status);
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(code, problem.detail ?? problem.title ?? `the server answered ${response.status}`, {
    status: response.status,
    requestId: problem.requestId ?? response.headers.get('x-request-id') ?? '',
    details: problem.details ?? {},
    retryAfter: Number.isFinite(wait) ? wait : null,
  });
}

export function networkError(cause: unknown, signal: AbortSignal | undefined): ApiError {
  if (signal?.aborted) return new ApiError('aborted', 'the request was aborted', { status: 0, cause });
  return new ApiError('unavailable', 'the server does not answer', { status: 0, cause });
}

/** For answers that are no problem documents: something between here and the server wrote them. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  if (status === 429) return 'too_many_requests';
  if (status === 504 || status === 408) return 'timeout';
  if (status === 502 || status === 503) return 'unavailable';
  return status >= 500 ? 'internal' : 'invalid_input';
}
