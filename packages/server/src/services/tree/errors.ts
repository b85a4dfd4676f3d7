/** Refusals of the tree. */
import { AppError } from '../../kernel/errors.ts';

/** @param reason for clients to switch on: `exists`, `kind`, `into_itself`, `root`, `parent_gone`, `current`, `nested`, `changed` */
export function conflict(
  reason: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): AppError {
  return new AppError('conflict', message, { details: { reason, ...details } });
}

export function notFound(): AppError {
  return new AppError('not_found', 'there is no such file or folder');
}
