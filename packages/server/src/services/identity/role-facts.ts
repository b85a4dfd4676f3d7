/** What records tell of assigned roles and of whom they are given to. */
import type { SqlReader } from '../../stores/sql/contract.ts';
import { groupById } from './group-queries.ts';
import type { AssignedRoleRow } from './tables.ts';
import { userById } from './user-queries.ts';

export function labelOf({ role_id: roleId, label }: AssignedRoleRow) {
  return { roleId, label };
}

export function factsOf(row: AssignedRoleRow) {
  const { description, auto_group_id: autoGroupId } = row;
  const auto = { autoAttribute: row.auto_attribute, autoValue: row.auto_value };
  return { ...labelOf(row), description, autoGroupId, ...auto };
}

/** As they are called now; null: there is none. */
export async function subjectOf(reader: SqlReader, subjectId: string, kind: 'user' | 'group') {
  if (kind === 'group') {
    const group = await reader.get(groupById, { id: subjectId });
    return group === undefined ? null : { subjectId, kind, login: null, name: group.name };
  }
  const user = await reader.get(userById, { id: subjectId });
  return user === undefined ? null : { subjectId, kind, login: user.login, name: user.display_name };
}
