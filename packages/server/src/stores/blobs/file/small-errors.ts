import { AppError } from '../../../kernel/errors.ts';
import { vendorCode } from '../../clients/sqlite/codes.ts';

export const smallFile = 'small.db';

/** What SQLite threw on small blobs, in the server's words; the original stays as `cause`. */
export function translateSmall(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = vendorCode(error);
  if (code.startsWith('SQLITE_CONSTRAINT'))
    return new AppError('conflict', 'the blob exists', { cause: error });
  if (code.startsWith('SQLITE_FULL'))
    return new AppError('storage_full', 'the disk of the blob store is full', { cause: error });
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new AppError(
      'corrupt',
      `the small blobs in ${smallFile} are damaged: restore them from a backup`,
      {
        cause: error,
      },
    );
  const reason = code === '' && error instanceof Error ? error.message : code;
  return new AppError(
    'unavailable',
    `the small blobs in ${smallFile} cannot be read or written (${reason})`,
    {
      cause: error,
      retryable: code.startsWith('SQLITE_BUSY'),
    },
  );
}
