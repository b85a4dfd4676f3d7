import type { ErrorCode } from '@volvox/api';

export interface AppErrorOptions {
  /** Facts for the client; never secrets, keys or paths of the server. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether the same call may succeed a moment later. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** The one error class. Drivers translate vendor errors into it at their edge and keep the original as `cause`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** Wraps anything thrown; an AppError passes through. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Error && error.name === 'AbortError')
    return new AppError('aborted', 'the operation was aborted', { cause: error });
  return new AppError('internal', 'internal error', { cause: error });
}
