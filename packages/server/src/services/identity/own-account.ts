/** What people change of their own account: profile and password. */
import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { Attempts } from './attempts.ts';
import { personInside } from './authority.ts';
import { deleteSessionsOfUser } from './credential-queries.ts';
import type { Directory } from './directory.ts';
import { checkPassword } from './input.ts';
import type { Passwords } from './passwords.ts';
import * as queries from './user-queries.ts';
import { existing, type Users } from './users.ts';

export interface OwnAccountDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
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
    change: { readonly displayName?: string; readonly email?: string | null },
  ): Promise<User> {
    const { access, directory, sql, users } = this.#deps;
    const id = await sql.transaction(async (tx) => {
      const { userId } = await personInside(access, tx, context);
      const old = await existing(tx, userId);
      const { displayName, email } = change;
      const named = {
        ...(displayName === undefined ? {} : { displayName }),
        ...(email === undefined ? {} : { email }),
      };
      await tx.run(queries.updateUser, await users.changed(tx, old, named, null));
      await users.journalChange(tx, context, userId, Object.keys(named));
      return userId;
    });
    return directory.user(id);
  }

  /** Right only with the present password; wrong ones count, so that a stolen session can't try them all. */
  async changePassword(context: Context, current: string, next: string): Promise<void> {
    const { access, attempts, passwords, sql, users } = this.#deps;
    const { login, userId: id } = context.principal;
    checkPassword(next, login);
    const user = await sql.reader.get(queries.userById, { id: id ?? '' });
    if (user === undefined) throw new AppError('forbidden', 'only people have a password');
    const charge = await attempts.charge(login, null);
    if (!(await passwords.verify(user.password_hash, current))) {
      throw new AppError('forbidden', 'the present password is another one');
    }
    await attempts.forgive(charge);
    const passwordHash = await passwords.hash(next);
    await sql.transaction(async (tx) => {
      const { userId, sessionId } = await personInside(access, tx, context);
      const old = await existing(tx, userId);
      if (old.password_hash !== user.password_hash)
        throw new AppError('conflict', 'the password was just changed');
      await tx.run(queries.updateUser, await users.changed(tx, old, {}, passwordHash));
      await tx.run(deleteSessionsOfUser, { userId, except: sessionId ?? '' });
      await users.journalChange(tx, context, userId, ['password']);
    });
  }
}
