/** Who is in a cell with somebody: whom the cells show them by name. */
import type { Principal } from '../../kernel/context.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { roleIn } from './cell-rights.ts';
import type { CollaborationDeps } from './core.ts';
import * as queries from './queries.ts';

/** Two statements, however many cells. @returns roles of owners and members, those of the principal among them */
export async function cellmates(
  { clock }: Pick<CollaborationDeps, 'clock'>,
  reader: SqlReader,
  principal: Principal,
): Promise<readonly string[]> {
  const { userId, roles } = principal;
  if (userId === null || principal.confined !== undefined) return [];
  const rows = await reader.all(queries.cellsOf, { userId, roles });
  if (rows.length === 0) return [];
  const all = await reader.all(queries.membersOf, { cells: rows.map((row) => row.id) });
  const byCell = Map.groupBy(all, (member) => member.cell_id);
  const found = rows.flatMap((row) => {
    const members = byCell.get(row.id) ?? [];
    if (roleIn({ row, members }, principal, clock.now()) === null) return [];
    return [...(row.owner_role_id === null ? [] : [row.owner_role_id]), ...members.map((one) => one.role_id)];
  });
  return [...new Set(found)];
}
