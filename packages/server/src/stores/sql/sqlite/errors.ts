import { basename } from 'node:path';
import { AppError } from '../../../kernel/errors.ts';
import { vendorCode } from '../../clients/sqlite/codes.ts';
import { guardText, readOnlyError } from '../guard.ts';

/** Translates what SQLite throws. Messages name the file by its base name only: they may reach a client. */
export function translate(error: unknown, file: string): AppError {
  if (error instanceof AppError) return error;
  const code = vendorCode(error);
  if (code === 'SQLITE_CONSTRAINT_TRIGGER' && error instanceof Error && error.message === guardText)
    return readOnlyError(error);
  const name = basename(file);
  const [meaning, message, retryable] = meaningOf(code, name);
  const detail = error instanceof Error && meaning === 'internal' ? `${message}: ${error.message}` : message;
  return new AppError(meaning, detail, { cause: error, retryable });
}

export function isBusy(error: unknown): boolean {
  const code = vendorCode(error instanceof AppError ? error.cause : error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

export function isFull(error: unknown): boolean {
  return vendorCode(error instanceof AppError ? error.cause : error).startsWith('SQLITE_FULL');
}

function meaningOf(
  code: string,
  name: string,
): ['conflict' | 'storage_full' | 'corrupt' | 'unavailable' | 'internal', string, boolean] {
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return ['conflict', 'it exists already', false];
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY')
    return ['conflict', 'something it refers to is missing, or refers to it', false];
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return ['unavailable', `the database ${name} is busy`, true];
  if (code.startsWith('SQLITE_FULL')) return ['storage_full', `no room left for the database ${name}`, false];
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return ['corrupt', damaged(name), false];
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_IOERR') ||
    code === 'SQLITE_PERM'
  ) {
    return ['unavailable', `the database ${name} cannot be read or written (${code})`, false];
  }
  return ['internal', 'a statement failed', false];
}

export function damaged(name: string): string {
  return `the database ${name} is damaged: run "volvox check", or stop the server and restore a backup`;
}
