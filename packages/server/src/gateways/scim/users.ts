import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { IdentityService } from '../../services/identity/api.ts';
import type { Wanted } from './filters.ts';
import { operationsOf, patched } from './patch.ts';
import { resourceOf, wishOf } from './user-resource.ts';
import { listOf, ScimError, type Json, type Paging } from './wire.ts';

/** Where users come from that a client of SCIM made. */
export const source = 'scim';

export class ScimUsers {
  readonly #identity: IdentityService;

  constructor(identity: IdentityService) {
    this.#identity = identity;
  }

  async list(context: Context, wanted: Wanted, { startIndex, count }: Paging, base: string): Promise<Json> {
    const resources: Json[] = [];
    for await (const user of this.#candidates(context, wanted)) {
      const resource = resourceOf(user, base);
      if (wanted.matches(resource)) resources.push(resource);
    }
    return listOf(resources.slice(startIndex - 1, startIndex - 1 + count), resources.length, startIndex);
  }

  async get(context: Context, id: string, base: string): Promise<Json> {
    return resourceOf(await this.#person(context, id), base);
  }

  async create(context: Context, body: Json, base: string): Promise<Json> {
    const { disabled, password = null, ...wish } = wishOf(body);
    const user = await this.#identity.createUser(context, { ...wish, password, source });
    return resourceOf(
      disabled ? await this.#identity.updateUser(context, user.id, { disabled }) : user,
      base,
    );
  }

  async replace(context: Context, id: string, body: Json, base: string): Promise<Json> {
    return this.#take(context, await this.#person(context, id), body, base);
  }

  async patch(context: Context, id: string, body: Json, base: string): Promise<Json> {
    const user = await this.#person(context, id);
    return this.#take(context, user, patched(resourceOf(user, base), operationsOf(body)), base);
  }

  async delete(context: Context, id: string): Promise<void> {
    await this.#identity.deleteUser(context, (await this.#person(context, id)).id);
  }

  async #take(context: Context, user: User, resource: Json, base: string): Promise<Json> {
    const { login, ...change } = wishOf(resource, user.attributes);
    if (login.toLowerCase() !== user.login)
      throw new ScimError(400, 'mutability', 'userName is the login, which stays as it was made');
    return resourceOf(await this.#identity.updateUser(context, user.id, change), base);
  }

  async #person(context: Context, id: string): Promise<User> {
    const user = await this.#identity.managedUser(context, id);
    if (user.kind !== 'person') throw new AppError('not_found', 'there is no such user');
    return user;
  }

  /** By a look-up where the filter allows, else everybody, a page at a time. */
  async *#candidates(context: Context, { exactly }: Wanted): AsyncIterable<User> {
    if (exactly?.attribute === 'username' || exactly?.attribute === 'externalid') {
      const user =
        exactly.attribute === 'username'
          ? await this.#identity.userByLogin(exactly.value)
          : await this.#identity.userByExternal(source, exactly.value);
      if (user?.kind === 'person') yield user;
      return;
    }
    for (let cursor: string | undefined; ;) {
      const more = cursor === undefined ? {} : { cursor };
      const page = await this.#identity.users(context, { kind: 'person', limit: 1000, ...more });
      yield* page.items;
      if (page.next === null) return;
      cursor = page.next;
    }
  }
}
