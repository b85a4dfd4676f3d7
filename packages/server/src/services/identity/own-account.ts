/** What people change of their own profile. */
import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { IdentityService } from './api.ts';
import { personInside } from './authority.ts';
import type { Directory } from './directory.ts';
import { existing } from './user-rows.ts';
import type { Users } from './users.ts';

export interface OwnAccountDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly directory: Directory;
  readonly users: Users;
}

export class OwnAccount {
  readonly #deps: OwnAccountDeps;

  constructor(deps: OwnAccountDeps) {
    this.#deps = deps;
  }

  async updateProfile(
    context: Context,
    change: Parameters<IdentityService['updateProfile']>[1],
  ): Promise<User> {
    const { access, directory, sql, users } = this.#deps;
    const id = await sql.transaction(async (tx) => {
      const { userId } = await personInside(access, tx, context);
      const old = await existing(tx, userId);
      const { displayName, email, locale } = change;
      const named = {
        ...(displayName === undefined ? {} : { displayName }),
        ...(email === undefined ? {} : { email }),
        ...(locale === undefined ? {} : { locale }),
      };
      const next = await users.changed(tx, old, named, null);
      await users.write(tx, old, next);
      await users.recordChange(tx, userId, old, { fields: Object.keys(named), next });
      return userId;
    });
    return directory.user(id);
  }
}
