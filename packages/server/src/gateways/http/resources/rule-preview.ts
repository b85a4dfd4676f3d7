import type { Routes } from '@volvox/api';
import type { Principal } from '../../../kernel/context.ts';
import { isAppError } from '../../../kernel/errors.ts';
import { bitsOf, MANAGE, namesOf } from '../../../services/access/api.ts';
import type { RoleMember } from '../../../services/identity/api.ts';
import type { Services } from '../../contract.ts';
import type { Call, Result } from '../handler.ts';

type Route = Routes['previewRule'];

/** People who are looked at; more are only counted. */
const maxChecked = 500;
const maxShown = 100;
/** People who are looked at before others have their turn. */
const width = 20;

/** Who would gain or lose what. Guests are told of only to admins: others are not to know of them. */
export async function previewRule(services: Services, call: Call<Route>): Promise<Result<Route>> {
  const { access, tree, identity } = services;
  const { principal } = call.context;
  const { chain } = await tree.locate(call.context, call.params.id, MANAGE);
  const { roleId } = call.body;
  const change = { roleId, allow: bitsOf(call.body.allow), deny: bitsOf(call.body.deny) };
  const { items, total } = await identity.membersOfRole(roleId, maxChecked);
  const present = await principalsOf(services, items);
  const decided = await access.preview(
    chain,
    change,
    present.map(({ as }) => as),
  );
  const changes = present.flatMap(({ member, as }, i) => {
    const { before, after } = decided[i] ?? { before: 0, after: 0 };
    return before === after ? [] : [{ member, guest: as.guest === true, before, after }];
  });
  const admin = principal.admin && principal.scopes.includes('admin');
  return {
    checked: present.length,
    total,
    changed: changes.length,
    people: changes
      .filter(({ guest }) => admin || !guest)
      .slice(0, maxShown)
      .map(({ member, before, after }) => ({
        userId: member.id,
        login: member.login,
        displayName: member.displayName,
        before: namesOf(before),
        after: namesOf(after),
      })),
  };
}

/** Those who were removed meanwhile are left out. */
async function principalsOf(
  { identity }: Services,
  members: readonly RoleMember[],
): Promise<readonly { readonly member: RoleMember; readonly as: Principal }[]> {
  const found: { member: RoleMember; as: Principal }[] = [];
  for (let i = 0; i < members.length; i += width) {
    const some = await Promise.all(
      members.slice(i, i + width).map(async (member) => {
        const as = await identity.principalOf(member.id).catch((error: unknown) => {
          if (isAppError(error, 'not_found')) return null;
          throw error;
        });
        return as === null ? [] : [{ member, as }];
      }),
    );
    found.push(...some.flat());
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}
