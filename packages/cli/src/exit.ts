import { ApiError } from '@volvox/client';
import { harmless } from './output.ts';

/** Exit codes that scripts rely on (docs/reference/cli.md). */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** The command was called the wrong way. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A store does not answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Faults of settings and arguments are usage; stores and servers that do not answer are unreachable. */
export function exitCodeOf(error: unknown): number {
  const code = codeOf(error);
  if (error instanceof UsageError || code === 'invalid_input') return exitCodes.usage;
  if (error instanceof UnreachableError || code === 'unavailable' || code === 'timeout')
    return exitCodes.unreachable;
  return exitCodes.failed;
}

/** The command asked a data folder that is not there yet. */
export function isWithoutData(error: unknown): boolean {
  if (codeOf(error) !== 'not_found' || !(error instanceof Error) || !('details' in error)) return false;
  const { details } = error;
  return (
    typeof details === 'object' && details !== null && 'reason' in details && details.reason === 'no_data'
  );
}

function codeOf(error: unknown): string | null {
  if (error instanceof ApiError) return error.code;
  // An AppError of the server package, which this file must not load for the remote commands.
  if (error instanceof Error && error.name === 'AppError' && 'code' in error) return String(error.code);
  return null;
}

/** Prints one clear line and ends with the right code. */
export function fail(error: unknown): never {
  const text = harmless(error instanceof Error ? error.message : String(error));
  const code = codeOf(error);
  process.stderr.write(`volvox: ${text}${code === null || code === 'invalid_input' ? '' : ` (${code})`}\n`);
  if (code === null && process.env['VOLVOX_LOG_LEVEL'] === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(exitCodeOf(error));
}
