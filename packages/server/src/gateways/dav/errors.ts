import type { ErrorCode } from '@volvox/api';
import { AppError, toAppError } from '../../kernel/errors.ts';
import { escapeText } from './xml-out.ts';

/** How errors look in WebDAV: one status for each code, and a body that names code and precondition (RFC 4918 section 16). */

const statusOf: Readonly<Record<ErrorCode, number>> = {
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
  checksum_mismatch: 400,
  incomplete_body: 400,
  unsupported: 501,
  unsupported_media_type: 415,
  too_many_requests: 429,
  gone: 410,
  setup_required: 503,
  read_only: 503,
  unavailable: 503,
  timeout: 503,
  aborted: 503,
  corrupt: 500,
  internal: 500,
};

/** Preconditions that RFC 4918 and RFC 4331 name. */
export type Condition =
  | 'lock-token-matches-request-uri'
  | 'lock-token-submitted'
  | 'no-conflicting-lock'
  | 'propfind-finite-depth'
  | 'cannot-modify-protected-property'
  | 'quota-not-exceeded'
  | 'sufficient-disk-space';

export interface RefusalOptions {
  readonly condition?: Condition;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error whose status the protocol gives, other than the one of its code. */
export class Refusal extends AppError {
  readonly status: number;
  readonly condition: Condition | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: ErrorCode, message: string, options: RefusalOptions = {}) {
    super(code, message);
    this.status = status;
    this.condition = options.condition;
    this.headers = options.headers ?? {};
  }
}

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `href`: the resource of the request, named where a precondition wants one. */
export function describeError(thrown: unknown, method: string, requestId: string, href: string): ErrorAnswer {
  const error = toAppError(thrown);
  const refusal = error instanceof Refusal ? error : null;
  const status = refusal?.status ?? statusOf[error.code];
  const condition = refusal?.condition ?? conditionOf(error.code, method);
  const message =
    status >= 500 && refusal === null && statusOf[error.code] === 500
      ? 'the server failed; its log has more'
      : error.message;
  const body =
    '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:" xmlns:V="urn:volvox:dav">' +
    (condition === undefined ? '' : conditionXml(condition, href)) +
    `<V:code>${error.code}</V:code><V:message>${escapeText(message)}</V:message><V:request>${escapeText(requestId)}</V:request></D:error>\n`;
  return { status, headers: { ...headersOf(error), ...refusal?.headers }, body };
}

function conditionOf(code: ErrorCode, method: string): Condition | undefined {
  if (code === 'locked') return method === 'LOCK' ? 'no-conflicting-lock' : 'lock-token-submitted';
  if (code === 'quota_exceeded') return 'quota-not-exceeded';
  if (code === 'storage_full') return 'sufficient-disk-space';
  if (code === 'conflict' && method === 'UNLOCK') return 'lock-token-matches-request-uri';
  return undefined;
}

function conditionXml(condition: Condition, href: string): string {
  if (condition !== 'lock-token-submitted' && condition !== 'no-conflicting-lock') return `<D:${condition}/>`;
  return `<D:${condition}><D:href>${escapeText(href)}</D:href></D:${condition}>`;
}

function headersOf(error: AppError): Record<string, string> {
  if (error.code === 'unauthenticated')
    return { 'WWW-Authenticate': 'Basic realm="Volvox", charset="UTF-8"' };
  if (error.code === 'too_many_requests' || error.code === 'read_only')
    return { 'Retry-After': String(Math.ceil(Number(error.details['retryAfter'] ?? 60))) };
  if (error.code === 'unavailable') return { 'Retry-After': '2' };
  return {};
}
