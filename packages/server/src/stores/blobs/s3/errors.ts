/** What the SDK threw, in the server's words. The cause is a summary: the SDK's own errors hold the request, signature and all. */
import { AppError, isAppError } from '../../../kernel/errors.ts';
import { noSuchBlob } from '../bytes.ts';

export class S3Fault extends Error {
  readonly code: string;
  readonly status: number | null;
  /** More than one: an earlier attempt may have done it. */
  readonly attempts: number;

  constructor(error: unknown) {
    const facts = factsOf(error);
    super(`${facts.code}: ${facts.message}`);
    this.name = 'S3Fault';
    this.code = facts.code;
    this.status = facts.status;
    this.attempts = facts.attempts;
  }
}

const full = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage', 'ServiceQuotaExceeded']);
const refused = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'ExpiredToken',
  'AuthorizationHeaderMalformed',
  'XAdminUserNotFound',
]);
const elsewhere = new Set(['PermanentRedirect', 'TemporaryRedirect', 'IllegalLocationConstraintException']);
const crossed = new Set(['ConditionalRequestConflict', 'OperationAborted']);

export function translate(error: unknown, bucket: string, key: string | null = null): AppError {
  if (isAppError(error)) return error;
  const cause = new S3Fault(error);
  const { code, status } = cause;
  const unavailable = (text: string, retryable = false): AppError =>
    new AppError('unavailable', text, { cause, retryable });
  if (code === 'NoSuchBucket')
    return unavailable(`the S3 bucket "${bucket}" does not exist; create it: Volvox does not`);
  if (code === 'NoSuchUpload') return unavailable('the upload to S3 was ended by somebody else', true);
  if (refused.has(code)) return unavailable(`the S3 server refuses the credentials (${code})`);
  if (status === 404 && key !== null) return noSuchBlob(key, cause);
  if (status === 412) return new AppError('conflict', 'the blob exists', { details: { key }, cause });
  if (status === 416)
    return new AppError('range_not_satisfiable', 'the range lies outside the blob', { cause });
  if (status === 507 || full.has(code))
    return new AppError('storage_full', 'the S3 bucket is full', { cause });
  if (code === 'RequestTimeTooSkewed')
    return unavailable('the S3 server refuses our clock: it differs from its own by too much');
  if (code === 'CredentialsProviderError')
    return unavailable('no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  if (status === 403) return unavailable(`the S3 server denies access to the bucket "${bucket}" (${code})`);
  if (status === 301 || status === 307 || elsewhere.has(code))
    return unavailable(`the S3 bucket "${bucket}" lies in another region: set region=`);
  if (status === null) return unavailable(`the S3 server cannot be reached (${code})`, true);
  return unavailable(
    `the S3 server failed with ${code} (${status})`,
    status >= 500 || status === 429 || crossed.has(code),
  );
}

/** Whether what was sent may have been done all the same. */
export function isOpen(error: unknown): boolean {
  return isAppError(error, 'unavailable') && error.retryable;
}

/** Whether the SDK tried more than once before it got this answer. */
export function wasRetried(error: unknown): boolean {
  return isAppError(error) && error.cause instanceof S3Fault && error.cause.attempts > 1;
}

/** The server's own word for it. */
export function codeOf(error: unknown): string | null {
  return isAppError(error) && error.cause instanceof S3Fault ? error.cause.code : null;
}

interface Facts {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly attempts: number;
}

function factsOf(error: unknown): Facts {
  if (!(error instanceof Error))
    return { code: 'UNKNOWN', message: String(error), status: null, attempts: 1 };
  const metadata: Record<string, unknown> =
    '$metadata' in error && typeof error.$metadata === 'object' && error.$metadata !== null
      ? { ...error.$metadata }
      : {};
  const { httpStatusCode: status, attempts } = metadata;
  const errno = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return {
    code: typeof status === 'number' ? error.name : (errno ?? error.name),
    message: error.message,
    status: typeof status === 'number' ? status : null,
    attempts: typeof attempts === 'number' ? attempts : 1,
  };
}
