/**
 * Accounts for people from outside. Who is who is decided by (connector, id there) alone: an equal login or e-mail address makes nobody the
 * owner of an account that is there already.
 */
import type { ConnectorSettings, User } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import { systemContext } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { IdentityService } from '../identity/api.ts';
import type { Profile } from './api.ts';
import { mapped } from './mapping.ts';
import * as queries from './queries.ts';

export interface AccountsDeps {
  readonly sql: SqlStore;
  readonly identity: Pick<
    IdentityService,
    'user' | 'userByExternal' | 'createUser' | 'updateUser' | 'deleteUser' | 'roles'
  >;
  readonly clock: Clock;
}

export interface Source {
  readonly id: string;
  readonly settings: ConnectorSettings;
}

export type Outcome = 'created' | 'updated' | 'unchanged';

const mostNames = 50;

export class Accounts {
  readonly #deps: AccountsDeps;

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
  }

  /** The account of somebody who has just proved who they are, made or brought up to date. Null: unknown, and none is to be made. */
  async of(
    source: Source,
    profile: Profile,
  ): Promise<{ readonly userId: string; readonly outcome: Outcome } | null> {
    const link = await this.link(source.id, profile.externalId);
    if (link !== undefined) {
      const user = await this.#deps.identity.user(link.user_id);
      // What its owner has linked stays the owner's: only accounts that were made for it follow what is told there.
      const changed = link.provisioned === 1 && (await this.#refresh(source, profile, user));
      return { userId: user.id, outcome: changed ? 'updated' : 'unchanged' };
    }
    if (!source.settings.createUsers) return null;
    return { userId: await this.#create(source, profile), outcome: 'created' };
  }

  link(connectorId: string, externalId: string) {
    return this.#deps.sql.reader.get(queries.linkByExternal, { connectorId, externalId });
  }

  /** What `of` would do. */
  async foresee(source: Source, profile: Profile): Promise<Outcome | null> {
    const link = await this.link(source.id, profile.externalId);
    if (link === undefined) return source.settings.createUsers ? 'created' : null;
    const user = await this.#deps.identity.user(link.user_id);
    const change = link.provisioned === 1 ? this.#difference(source, profile, user) : {};
    const roles = link.provisioned === 1 ? await this.#roleChanges(source, profile, user.id) : [];
    return Object.keys(change).length > 0 || roles.length > 0 ? 'updated' : 'unchanged';
  }

  async #create(source: Source, profile: Profile): Promise<string> {
    const { groupId } = mapped(source.settings, profile.groups);
    const { user, made } = await this.#named(source, profile, groupId);
    const link = { connectorId: source.id, externalId: profile.externalId, userId: user.id };
    const at = this.#deps.clock.now();
    try {
      await this.#deps.sql.transaction((tx) => tx.run(queries.insertLink, { ...link, provisioned: 1, at }));
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error;
      // Two log-ins at once: the other one was first, maybe with the very account that was made here.
      const first = await this.link(source.id, profile.externalId);
      if (made && first?.user_id !== user.id) await this.#deps.identity.deleteUser(systemContext(), user.id);
      if (first === undefined) throw error;
      return first.user_id;
    }
    for (const roleId of mapped(source.settings, profile.groups).roleIds) await this.#assign(roleId, user.id);
    return user.id;
  }

  /** Where the login is taken, the next free one: `ann-2`. What was made for the person, but not linked (a node fell), is taken up. */
  async #named(
    source: Source,
    profile: Profile,
    groupId: string | null,
  ): Promise<{ readonly user: User; readonly made: boolean }> {
    for (let number = 1; number <= mostNames; number++) {
      const suffix = number === 1 ? '' : `-${number}`;
      try {
        const user = await this.#deps.identity.createUser(systemContext(), {
          login: profile.login.slice(0, 64 - suffix.length) + suffix,
          password: null,
          displayName: profile.name,
          email: profile.email,
          attributes: profile.attributes,
          source: source.id,
          externalId: profile.externalId,
          ...(groupId === null ? {} : { groupId }),
        });
        return { user, made: true };
      } catch (error) {
        if (!isAppError(error, 'conflict')) throw error;
        const user = await this.#deps.identity.userByExternal(source.id, profile.externalId);
        if (user !== null) return { user, made: false };
      }
    }
    throw new AppError('conflict', `no login is free for ${profile.login}`);
  }

  async #refresh(source: Source, profile: Profile, user: User): Promise<boolean> {
    const { identity } = this.#deps;
    const change = this.#difference(source, profile, user);
    const changed = Object.keys(change).length > 0;
    if (changed) await identity.updateUser(systemContext(), user.id, change);
    const roles = await this.#roleChanges(source, profile, user.id);
    for (const { roleId, has } of roles) {
      if (has) await this.#assign(roleId, user.id);
      else await identity.roles.unassign(systemContext(), roleId, user.id);
    }
    return changed || roles.length > 0;
  }

  #difference(source: Source, profile: Profile, user: User): Parameters<IdentityService['updateUser']>[2] {
    const { groupId } = mapped(source.settings, profile.groups);
    const attributes = { ...user.attributes, ...profile.attributes };
    const same = JSON.stringify(sorted(attributes)) === JSON.stringify(sorted(user.attributes ?? {}));
    return {
      ...(user.displayName === profile.name ? {} : { displayName: profile.name }),
      ...(profile.email === null || user.email === profile.email ? {} : { email: profile.email }),
      ...(groupId === null || user.groupId === groupId ? {} : { groupId }),
      ...(same ? {} : { attributes }),
    };
  }

  /** Of the roles that mappings name; others are none of a connector's business. */
  async #roleChanges(
    source: Source,
    profile: Profile,
    userId: string,
  ): Promise<readonly { readonly roleId: string; readonly has: boolean }[]> {
    const known = new Set(source.settings.groups.flatMap((mapping) => mapping.roleId ?? []));
    if (known.size === 0) return [];
    const now = new Set(
      (await this.#deps.identity.roles.ofUser(systemContext(), userId)).map((role) => role.id),
    );
    const { roleIds } = mapped(source.settings, profile.groups);
    return [...known]
      .map((roleId) => ({ roleId, has: roleIds.has(roleId) }))
      .filter(({ roleId, has }) => now.has(roleId) !== has);
  }

  async #assign(roleId: string, userId: string): Promise<void> {
    const to = { subjectId: userId, kind: 'user' as const, expiresAt: null };
    await this.#deps.identity.roles.assign(systemContext(), roleId, to).catch((error: unknown) => {
      // A role that was deleted since is no reason to keep somebody out.
      if (!isAppError(error, 'not_found')) throw error;
    });
  }
}

function sorted(record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
