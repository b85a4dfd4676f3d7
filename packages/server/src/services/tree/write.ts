/** How a write runs: its transaction, run again where usage was out of date or two writers met at a unique index. */
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { attribute } from '../journal/api.ts';
import type { Tree, Write } from './core.ts';
import { RunAgain, StaleUsage, type Charge } from './quota.ts';

const maxRuns = 6;

export async function write<T>(tree: Tree, context: Context, work: (w: Write) => Promise<T>): Promise<T> {
  const charges: Charge[] = [];
  let usageRead = false;
  for (let run = 1; ; run++) {
    try {
      const result = await tree.sql.transaction(
        (tx) => {
          tree.quotas.drop(charges.splice(0));
          attribute(tx, context);
          return work({ tx, context, charges, usageRead });
        },
        { signal: context.signal },
      );
      tree.quotas.settle(charges);
      return result;
    } catch (error) {
      tree.quotas.drop(charges);
      if (run >= maxRuns) throw error;
      if (error instanceof RunAgain) {
        await error.prepare();
        usageRead ||= error instanceof StaleUsage;
      } else if (!isClash(error)) throw error;
    }
  }
}

/**
 * A unique index refused a row, or a row was moved before it could be held: on networked databases somebody was faster. Our own
 * refusals give a reason.
 */
function isClash(error: unknown): boolean {
  if (!isAppError(error, 'conflict') || error.details['reason'] !== undefined) return false;
  return error.retryable || error.cause !== undefined;
}
