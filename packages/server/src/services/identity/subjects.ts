/** Whose a role is: what shares and Cells are shown with. */
import type { ShareSubject } from '@volvox/api';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables } from './tables.ts';

const define = queriesOf<IdentityTables>();
type Roles = { roles: readonly string[] };
interface Row {
  readonly role_id: string;
  readonly id: string;
  readonly name: string;
}

/** By their roles, of each kind that owns some. */
export const users = define<
  Roles,
  Row & { login: string; kind: string; email: string | null; locale: string | null }
>((db, p, dialect) =>
  db
    .selectFrom('users')
    .select(['role_id', 'id', 'display_name as name', 'login', 'kind', 'email', 'locale'])
    .where(inList('role_id', p.roles, dialect)),
);

export const groups = define<Roles, Row>((db, p, dialect) =>
  db
    .selectFrom('user_groups')
    .select(['role_id', 'id', 'name'])
    .where(inList('role_id', p.roles, dialect)),
);

export const teams = define<Roles, Row>((db, p, dialect) =>
  db
    .selectFrom('teams')
    .select(['role_id', 'id', 'name'])
    .where(inList('role_id', p.roles, dialect)),
);

const assigned = define<Roles, Row>((db, p, dialect) =>
  db
    .selectFrom('assigned_roles')
    .select(['role_id', 'role_id as id', 'label as name'])
    .where(inList('role_id', p.roles, dialect)),
);

/** `email` and `locale` of users, for mail to them; shown to nobody. */
export interface Subject extends ShareSubject {
  readonly email: string | null;
  readonly locale: string | null;
}

/** By role; the role of all administrators, and those of nobody any more, are left out. */
export async function subjectsOf(
  reader: SqlReader,
  roleIds: readonly string[],
): Promise<ReadonlyMap<string, Subject>> {
  const found = new Map<string, Subject>();
  if (roleIds.length === 0) return found;
  const roles = [...new Set(roleIds)];
  for (const row of await reader.all(users, { roles })) {
    const kind = row.kind === 'guest' ? 'guest' : 'user';
    const { id, login, email, locale } = row;
    found.set(row.role_id, { roleId: row.role_id, kind, id, name: row.name || login, login, email, locale });
  }
  for (const [kind, query] of [
    ['group', groups],
    ['team', teams],
    ['role', assigned],
  ] as const) {
    if (found.size === roles.length) break;
    for (const { role_id: roleId, id, name } of await reader.all(query, { roles }))
      found.set(roleId, { roleId, kind, id, name, login: null, email: null, locale: null });
  }
  return found;
}
