/** Groups of SCIM are our assigned roles: a user may be in many of them, which groups of the tree do not allow. */
import type { AssignedRole } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { IdentityService } from '../../services/identity/api.ts';
import type { Wanted } from './filters.ts';
import { operationsOf, refuseReadOnly, type Operation } from './patch.ts';
import { folded } from './folded.ts';
import { isObject, listOf, ScimError, urn, type Json, type Paging } from './wire.ts';

export class ScimGroups {
  readonly #roles: IdentityService['roles'];

  constructor({ roles }: IdentityService) {
    this.#roles = roles;
  }

  /** `members: false`: left out, as clients ask for that have many. */
  async list(
    context: Context,
    wanted: Wanted,
    { startIndex, count }: Paging,
    base: string,
    members: boolean,
  ): Promise<Json> {
    const found: Json[] = [];
    for (const role of await this.#roles.list(context)) {
      const named = resourceOf(role, null, base);
      const byName = wanted.exactly === null || /^(displayname|id)$/.test(wanted.exactly.attribute);
      if (byName && wanted.exactly !== null && !wanted.matches(named)) continue;
      const resource = members ? await this.#show(context, role, base) : named;
      if (wanted.matches(resource)) found.push(resource);
    }
    return listOf(found.slice(startIndex - 1, startIndex - 1 + count), found.length, startIndex);
  }

  async get(context: Context, id: string, base: string, members: boolean): Promise<Json> {
    const role = await this.#role(context, id);
    return members ? this.#show(context, role, base) : resourceOf(role, null, base);
  }

  async create(context: Context, body: Json, base: string): Promise<Json> {
    const role = await this.#roles.create(context, { label: labelOf(body) });
    await this.#add(context, role.id, membersOf(folded(body)['members'] ?? []));
    return this.#show(context, role, base);
  }

  async replace(context: Context, id: string, body: Json, base: string): Promise<Json> {
    const role = await this.#roles.update(context, id, { label: labelOf(body) });
    await this.#setMembers(context, id, membersOf(folded(body)['members'] ?? []));
    return this.#show(context, role, base);
  }

  async patch(context: Context, id: string, body: Json, base: string): Promise<Json> {
    const operations = operationsOf(body);
    await this.#role(context, id);
    for (const { path } of operations) if (path !== null) refuseReadOnly(path);
    for (const operation of operations) await this.#apply(context, id, operation);
    return this.get(context, id, base, true);
  }

  async delete(context: Context, id: string): Promise<void> {
    await this.#roles.delete(context, id);
  }

  async #apply(context: Context, id: string, { op, path, value }: Operation): Promise<void> {
    const target = path?.toLowerCase() ?? null;
    const one = /^members\[value eq "([^"]{1,100})"\]$/i.exec(path ?? '')?.[1];
    if (one !== undefined && op === 'remove') return this.#roles.unassign(context, id, one);
    if (target === 'members') {
      if (op === 'add') return this.#add(context, id, membersOf(value));
      if (op === 'replace') return this.#setMembers(context, id, membersOf(value));
      // Entra names whom to remove in the value.
      const gone = value === undefined ? await this.#ids(context, id) : membersOf(value);
      for (const each of gone) await this.#roles.unassign(context, id, each);
      return;
    }
    if (target === 'displayname' && op !== 'remove')
      return void (await this.#roles.update(context, id, { label: labelOf({ displayName: value }) }));
    if (target === 'externalid') return;
    if (target !== null || !isObject(value))
      throw new ScimError(400, 'invalidPath', 'of a group, displayName and members are changed');
    for (const [key, each] of Object.entries(value)) {
      // Okta sends the id along, as it is.
      if (/^schemas$/i.test(key) || (/^id$/i.test(key) && each === id)) continue;
      refuseReadOnly(key);
      await this.#apply(context, id, { op, path: key, value: each });
    }
  }

  async #setMembers(context: Context, id: string, wanted: readonly string[]): Promise<void> {
    for (const present of await this.#ids(context, id))
      if (!wanted.includes(present)) await this.#roles.unassign(context, id, present);
    await this.#add(context, id, wanted);
  }

  async #add(context: Context, id: string, members: readonly string[]): Promise<void> {
    const present = new Set(await this.#ids(context, id));
    for (const subjectId of members)
      if (!present.has(subjectId))
        await this.#roles.assign(context, id, { subjectId, kind: 'user', expiresAt: null });
  }

  async #ids(context: Context, id: string): Promise<readonly string[]> {
    const given = await this.#roles.assignments(context, id);
    return given.filter((each) => each.kind === 'user').map((each) => each.subjectId);
  }

  async #show(context: Context, role: AssignedRole, base: string): Promise<Json> {
    const given = await this.#roles.assignments(context, role.id);
    const users = given.filter((each) => each.kind === 'user');
    return resourceOf(
      role,
      users.map((user) => ({
        value: user.subjectId,
        display: user.name,
        type: 'User',
        $ref: `${base}/Users/${user.subjectId}`,
      })),
      base,
    );
  }

  async #role(context: Context, id: string): Promise<AssignedRole> {
    const role = (await this.#roles.list(context)).find((each) => each.id === id);
    if (role === undefined) throw new AppError('not_found', 'there is no such group');
    return role;
  }
}

function resourceOf(role: AssignedRole, members: readonly Json[] | null, base: string): Json {
  return {
    schemas: [urn.group],
    id: role.id,
    displayName: role.label,
    ...(members === null ? {} : { members }),
    meta: { resourceType: 'Group', location: `${base}/Groups/${role.id}` },
  };
}

function labelOf(body: Json): string {
  const label = folded(body)['displayname'];
  if (typeof label !== 'string' || label.trim() === '')
    throw new ScimError(400, 'invalidValue', 'displayName is needed');
  return label;
}

function membersOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    const id = folded(each)['value'];
    if (typeof id !== 'string')
      throw new ScimError(400, 'invalidValue', 'a member has the id of a user as its value');
    return id;
  });
}
