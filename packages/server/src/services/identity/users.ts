/** Users: making and changing them. Every field that a caller may set is named here; anything else is ignored. */
import type { User } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { IdentityService, NewUser } from './api.ts';
import type { Attempts } from './attempts.ts';
import { adminInside, requireAdmin } from './authority.ts';
import { deleteSessionsOfUser, deleteTokensOfUser } from './credential-queries.ts';
import type { Groups } from './groups.ts';
import { checkDisplayName, checkEmail, checkLogin, checkPassword, fold } from './input.ts';
import { recordOf } from './journal-entry.ts';
import type { Passwords } from './passwords.ts';
import type { UserRow } from './tables.ts';
import type { Directory } from './directory.ts';
import * as queries from './user-queries.ts';

export interface UsersDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly workspaces: Pick<WorkspacesService, 'createPersonal' | 'setPersonalQuota'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly groups: Groups;
  readonly directory: Directory;
}

export type UserChange = Parameters<IdentityService['updateUser']>[2];

/** Checked, with its password hashed: ready for a transaction. */
export interface PreparedUser extends queries.StoredUser {
  readonly wantedGroup: string | null;
}

export class Users {
  readonly #deps: UsersDeps;

  constructor(deps: UsersDeps) {
    this.#deps = deps;
  }

  async create(context: Context, input: NewUser): Promise<User> {
    requireAdmin(context.principal);
    const user = await this.prepare(input);
    await this.#deps.sql
      .transaction(async (tx) => {
        await adminInside(this.#deps.access, tx, context);
        const group = await this.#deps.groups.existing(tx, user.wantedGroup);
        await this.insert(tx, { ...user, groupId: group.id }, context.principal.userId);
      })
      .catch((error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error;
        throw new AppError('conflict', 'the login is taken', { cause: error });
      });
    return this.#deps.directory.user(user.id);
  }

  async prepare(input: NewUser): Promise<PreparedUser> {
    const login = checkLogin(input.login);
    checkPassword(input.password, login);
    const displayName = checkDisplayName(input.displayName ?? '', login);
    const email = checkEmail(input.email ?? null);
    return {
      id: newId(),
      login,
      displayName,
      email,
      passwordHash: await this.#deps.passwords.hash(input.password),
      admin: input.admin === true ? 1 : 0,
      disabled: 0,
      groupId: '',
      wantedGroup: input.groupId ?? null,
      quota: input.quota === undefined ? this.#defaultQuota() : input.quota,
      folded: fold(`${login} ${displayName} ${email ?? ''}`),
    };
  }

  async insert(tx: SqlTransaction, user: queries.StoredUser, actorId: string | null): Promise<void> {
    const { access, clock, journal, workspaces } = this.#deps;
    const { id, login, quota } = user;
    const roleId = newId();
    await tx.run(queries.insertUser, { ...user, roleId, at: clock.now() });
    await access.createRole(tx, { id: roleId, kind: 'user', name: login });
    await workspaces.createPersonal(tx, { id, roleId, quota });
    const after = { userId: id, login, admin: user.admin === 1, groupId: user.groupId };
    await journal.append(tx, recordOf('user.created', actorId, null, after));
  }

  /** The row is updated before sessions go: a log-in that runs meanwhile waits for it, see Sessions. */
  async update(context: Context, id: string, change: UserChange): Promise<User> {
    const { access, attempts, sql } = this.#deps;
    requireAdmin(context.principal);
    const passwordHash = await this.#newHash(id, change.password);
    await sql.transaction(async (tx) => {
      await adminInside(access, tx, context);
      const old = await existing(tx, id);
      const next = await this.changed(tx, old, change, passwordHash);
      if (isActiveAdmin(old) && !(next.admin && !next.disabled)) await keepOneAdmin(tx, id);
      await tx.run(queries.updateUser, next);
      if (change.unlock === true) await attempts.unlock(tx, old.login);
      await this.#endCredentials(tx, context, next, passwordHash !== null);
      if (next.quota !== old.quota) await this.#deps.workspaces.setPersonalQuota(tx, id, next.quota);
      await this.journalChange(
        tx,
        context,
        id,
        Object.keys(change).filter((field) => editable.has(field)),
      );
    });
    return this.#deps.directory.user(id);
  }

  /** Disabling ends everything, a password that an admin sets ends the sessions (but the admin's own). */
  async #endCredentials(
    tx: SqlTransaction,
    context: Context,
    user: Pick<queries.StoredUser, 'id' | 'disabled'>,
    newPassword: boolean,
  ): Promise<void> {
    if (user.disabled) {
      await tx.run(deleteSessionsOfUser, { userId: user.id, except: '' });
      await tx.run(deleteTokensOfUser, { userId: user.id });
    } else if (newPassword) {
      const except = context.principal.sessionId ?? '';
      await tx.run(deleteSessionsOfUser, { userId: user.id, except });
    }
  }

  async #newHash(id: string, password: string | undefined): Promise<string | null> {
    if (password === undefined) return null;
    const user = await this.#deps.directory.user(id);
    checkPassword(password, user.login);
    return this.#deps.passwords.hash(password);
  }

  /** The row as it is to be; what is not named stays. */
  async changed(
    tx: SqlTransaction,
    old: UserRow,
    change: UserChange,
    passwordHash: string | null,
  ): Promise<Omit<queries.StoredUser, 'login'>> {
    const displayName =
      change.displayName === undefined ? old.display_name : checkDisplayName(change.displayName, old.login);
    const email = change.email === undefined ? old.email : checkEmail(change.email);
    const groupId =
      change.groupId === undefined ? old.group_id : (await this.#deps.groups.existing(tx, change.groupId)).id;
    return {
      id: old.id,
      displayName,
      email,
      passwordHash: passwordHash ?? old.password_hash,
      admin: change.admin === undefined ? old.admin : Number(change.admin === true),
      disabled: change.disabled === undefined ? old.disabled : Number(change.disabled === true),
      groupId,
      quota: change.quota === undefined ? old.quota : change.quota,
      folded: fold(`${old.login} ${displayName} ${email ?? ''}`),
    };
  }

  async journalChange(
    tx: SqlTransaction,
    context: Context,
    userId: string,
    fields: readonly string[],
  ): Promise<void> {
    await this.#deps.journal.append(
      tx,
      recordOf('user.updated', context.principal.userId, null, { userId, fields }),
    );
  }

  #defaultQuota(): number | null {
    const mebibytes = this.#deps.settings.get('personal.defaultQuotaMiB');
    return mebibytes > 0 ? mebibytes * 1024 * 1024 : null;
  }
}

const editable: ReadonlySet<string> = new Set([
  'displayName',
  'email',
  'admin',
  'groupId',
  'quota',
  'disabled',
  'password',
  'unlock',
]);

export async function existing(tx: SqlTransaction, id: string): Promise<UserRow> {
  const user = await tx.get(queries.userById, { id });
  if (user === undefined) throw new AppError('not_found', 'there is no such user');
  return user;
}

export function isActiveAdmin(user: UserRow): boolean {
  return user.admin === 1 && user.disabled === 0;
}

/** Right under concurrency, as the epoch's row is locked by now. */
export async function keepOneAdmin(tx: SqlTransaction, id: string): Promise<void> {
  const others = await tx.get(queries.otherActiveAdmins, { id });
  if ((others?.count ?? 0) === 0) throw new AppError('conflict', 'the last active admin stays');
}
