import { AppError, isAppError } from '../../../kernel/errors.ts';
import { noSuchBlob } from '../bytes.ts';

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const passing = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR', 'ENOMEM', 'ETIMEDOUT', 'ESTALE']);

export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

/** What a system call on the blob folder threw, in the server's words; the original stays as `cause`. */
export function translate(error: unknown, key: string | null = null): AppError {
  if (isAppError(error)) return error;
  return translateErrno(errnoOf(error), error, key);
}

export function translateErrno(errno: string, cause: unknown, key: string | null): AppError {
  if (errno === 'ENOENT' && key !== null) return noSuchBlob(key, cause);
  if (errno === 'EEXIST') return new AppError('conflict', 'the blob exists', { details: { key }, cause });
  if (full.has(errno)) return new AppError('storage_full', 'the disk of the blob store is full', { cause });
  return new AppError('unavailable', `the blob folder failed with ${errno}`, {
    cause,
    retryable: passing.has(errno),
  });
}
