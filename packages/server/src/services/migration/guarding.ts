/** Keeps people from writing while a move needs it, and lets them again where it fails. */
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { GuardedTable, SqlStore } from '../../stores/sql/contract.ts';

const guardTries = 10;

/** From here on these tables change no more, on any node. */
export async function guardSource(
  sql: SqlStore,
  tables: readonly GuardedTable[],
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await sql.guard(tables);
    } catch (error) {
      // A transaction of a node took longer than one statement may wait.
      if (tries === guardTries || !isAppError(error) || !['timeout', 'unavailable'].includes(error.code))
        throw error;
      signal.throwIfAborted();
    }
  }
}

/**
 * A failure must not leave people with a server that they cannot write to; kill -9 does, and is resumed.
 * @param work what makes it take changes again
 * @throws unavailable, saying how to end it, where that fails as well
 */
export async function letWrite(failure: unknown, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new AppError(
      'unavailable',
      `the server is still read-only ("volvox migrate --abort" ends that); the migration failed: ${failure instanceof Error ? failure.message : String(failure)}`,
      { cause: error },
    );
  }
}
