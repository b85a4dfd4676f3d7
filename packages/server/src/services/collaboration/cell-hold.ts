/** A cell as a change finds it. */
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { roleIn, stateOf, type CellState } from './cell-rights.ts';
import type { CollaborationDeps } from './core.ts';
import * as queries from './queries.ts';

/** A cell inside a transaction, held until its commit; the asker as it is now. @throws not_found, forbidden below the asked role */
export async function holdCell(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  context: Context,
  id: string,
  need: 'member' | 'manager' | 'owner',
): Promise<CellState> {
  await deps.access.bumpEpoch(tx);
  const principal = await deps.access.current(tx, context);
  const row = await tx.get(queries.cellToChange, { id });
  const state = row === undefined ? null : await stateOf(deps, tx, row);
  const role = state === null ? null : roleIn(state, principal, deps.clock.now());
  if (state === null || role === null) throw noCell();
  const enough = need === 'member' || role === 'owner' || (need === 'manager' && role === 'manager');
  if (!enough) throw new AppError('forbidden', `only the ${need} of a Cell may do this`);
  return state;
}

export function noCell(): AppError {
  return new AppError('not_found', 'there is no such Cell');
}
