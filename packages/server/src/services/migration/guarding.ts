/** Keeps people from writing: from here on no table that was not exempted changes, on any node. */
import { isAppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { guardedTables } from './plan.ts';

const guardTries = 10;

export async function guardSource(sql: SqlStore, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await sql.guard(guardedTables);
    } catch (error) {
      // A transaction of a node took longer than one statement may wait.
      if (tries === guardTries || !isAppError(error) || !['timeout', 'unavailable'].includes(error.code))
        throw error;
      signal.throwIfAborted();
    }
  }
}
