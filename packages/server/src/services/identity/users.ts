/** Users: making and changing them. Every field that a caller may set is named here; anything else is ignored. */
import type { User } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { fold } from '../../kernel/fold.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { IdentityService, NewUser } from './api.ts';
import { accountChanged, attributesChanged, type AccountChange } from './account-facts.ts';
import type { Attempts } from './attempts.ts';
import { deleteSessionsOfUser, deleteTokensOfUser } from './credential-queries.ts';
import { type Manager, managerInside, managerOf } from './delegation.ts';
import type { Endings } from './endings.ts';
import type { Groups } from './groups.ts';
import { deleteInvitation } from './guest-queries.ts';
import { checkAttributes, checkDisplayName, checkEmail, checkEnd, checkLocale, checkLogin } from './input.ts';
import { recordOf } from './journal-entry.ts';
import type { PasswordBook } from './password/book.ts';
import type { PasswordPolicy } from './password/policy.ts';
import type { Passwords } from './passwords.ts';
import type { RoleLosses } from './role-losses.ts';
import type { UserKind, UserRow } from './tables.ts';
import type { Directory } from './directory.ts';
import * as queries from './user-queries.ts';
import { existing, isActiveAdmin, keepOneAdmin, setAttributes, stored } from './user-rows.ts';
import { namedUser, setWords } from './words.ts';

export interface UsersDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly workspaces: Pick<WorkspacesService, 'createPersonal' | 'setPersonalQuota'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly book: PasswordBook;
  readonly groups: Groups;
  readonly directory: Directory;
  readonly endings: Endings;
  readonly losses: RoleLosses;
}

export type UserChange = Parameters<IdentityService['updateUser']>[2];

/** Checked, with its password hashed: ready for a transaction. */
export interface PreparedUser extends queries.StoredUser {
  readonly wantedGroup: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Only admins may set these; `requireMayGive` refuses them to delegates. */
const forAdmins = ['admin', 'quota', 'attributes', 'source', 'externalId'] as const;

export class Users {
  readonly #deps: UsersDeps;

  constructor(deps: UsersDeps) {
    this.#deps = deps;
  }

  async create(context: Context, input: NewUser): Promise<User> {
    // Before anything is hashed.
    await managerOf(this.#deps.sql.reader, context.principal);
    const user = await this.prepare(input);
    await this.#deps.sql
      .transaction(async (tx) => {
        const manager = await managerInside(this.#deps.access, tx, context);
        requireMayGive(manager, input);
        const group = await this.#deps.groups.existing(tx, user.wantedGroup);
        manager.requireGroup(group.id);
        await manager.requireToGive(tx, group.id);
        await this.insert(tx, { ...user, groupId: group.id }, context.principal.userId);
      })
      .catch((error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error;
        throw new AppError('conflict', 'the login is taken', { cause: error });
      });
    return this.#deps.directory.user(user.id);
  }

  /** Without a password nobody can log in until one is set, or by other means than passwords. */
  async prepare(input: NewUser, kind: UserKind = 'person'): Promise<PreparedUser> {
    const login = checkLogin(input.login);
    this.checkPassword({ login, password: input.password });
    const displayName = checkDisplayName(input.displayName ?? '', login);
    const email = checkEmail(input.email ?? null);
    const admin = input.admin === true ? 1 : 0;
    const expiresAt = checkEnd(input.expiresAt ?? null, admin === 1);
    return {
      id: newId(),
      login,
      displayName,
      email,
      passwordHash: input.password === null ? '' : await this.#deps.passwords.hash(input.password),
      admin,
      disabled: 0,
      groupId: '',
      wantedGroup: input.groupId ?? null,
      quota: input.quota === undefined ? this.#defaultQuota() : input.quota,
      folded: fold(`${login} ${displayName} ${email ?? ''}`),
      kind,
      locale: checkLocale(input.locale ?? null),
      expiresAt,
      source: input.source ?? '',
      externalId: input.externalId ?? null,
      invitedBy: null,
      attributes: checkAttributes(input.attributes ?? {}),
    };
  }

  async insert(
    tx: SqlTransaction,
    user: queries.StoredUser & Pick<PreparedUser, 'attributes'>,
    actorId: string | null,
  ): Promise<void> {
    const { access, clock, journal, workspaces } = this.#deps;
    const { attributes, id, login, quota, kind } = user;
    const roleId = newId();
    await tx.run(queries.insertUser, { ...stored(user), roleId, at: clock.now() });
    if (user.passwordHash !== '') await this.#deps.book.begun(tx, id);
    await setAttributes(tx, id, attributes);
    await setWords(tx, id, namedUser({ login, display_name: user.displayName, email: user.email }));
    await access.createRole(tx, { id: roleId, kind: 'user', name: login });
    if (kind === 'person') await workspaces.createPersonal(tx, { id, roleId, quota });
    const { displayName, email, groupId, expiresAt } = user;
    const label = { userId: id, login, displayName, kind };
    const after = { ...label, admin: user.admin === 1, groupId, email, quota, expiresAt };
    await journal.append(tx, recordOf('user.created', actorId, null, after));
  }

  /** The row is updated before sessions go: a log-in that runs meanwhile waits for it, see Sessions. */
  async update(context: Context, id: string, change: UserChange): Promise<User> {
    const { access, attempts, sql } = this.#deps;
    await managerOf(sql.reader, context.principal);
    const passwordHash = await this.#newHash(id, change.password ?? undefined);
    await sql.transaction(async (tx) => {
      const manager = await managerInside(access, tx, context);
      const old = await existing(tx, id);
      await this.#requireMayChange(tx, manager, old, change);
      const next = await this.changed(tx, old, change, passwordHash);
      const attributes = await attributesChanged(tx, id, change.attributes);
      if (isActiveAdmin(old) && !(next.admin && !next.disabled)) await keepOneAdmin(tx, id);
      await this.#deps.losses.compared(tx, id, context.principal.userId, async () => {
        await this.write(tx, old, next);
        if (attributes !== undefined) await setAttributes(tx, id, attributes.after);
      });
      if (change.unlock === true) await attempts.unlock(tx, old.login);
      if (passwordHash !== null) await this.#deps.book.changed(tx, id, old.password_hash);
      await this.#endCredentials(tx, context, next, passwordHash !== null);
      if (next.quota !== old.quota) await this.#deps.workspaces.setPersonalQuota(tx, id, next.quota);
      const fields = Object.keys(change).filter((field) => editable.has(field));
      await this.recordChange(tx, context.principal.userId, old, { fields, next, attributes });
    });
    return this.#deps.directory.user(id);
  }

  /** An invitation is for whoever reads the mail of the address that it went to. */
  async write(tx: SqlTransaction, old: UserRow, next: queries.ChangedUser): Promise<void> {
    await tx.run(queries.updateUser, next);
    const { displayName, email } = next;
    if (email !== old.email) await tx.run(deleteInvitation, { userId: old.id });
    if (displayName !== old.display_name || email !== old.email)
      await setWords(tx, old.id, namedUser({ login: old.login, display_name: displayName, email }));
  }

  async #requireMayChange(
    tx: SqlTransaction,
    manager: Manager,
    user: UserRow,
    change: UserChange,
  ): Promise<void> {
    manager.requireUser(user);
    requireMayGive(manager, change);
    if (change.groupId !== undefined && change.groupId !== user.group_id) {
      const group = await this.#deps.groups.existing(tx, change.groupId);
      manager.requireGroup(group.id);
      await manager.requireToGive(tx, group.id);
    }
    if (change.password !== undefined || change.email !== undefined)
      await manager.requireToTakeOver(tx, user.id, this.#deps.clock.now());
  }

  /** Disabling ends everything, and so does a password that somebody else sets; admins' own end their other sessions. */
  async #endCredentials(
    tx: SqlTransaction,
    context: Context,
    user: Pick<queries.StoredUser, 'id' | 'disabled'>,
    newPassword: boolean,
  ): Promise<void> {
    if (user.disabled) await this.endCredentials(tx, user.id);
    else if (newPassword) {
      const except = context.principal.sessionId ?? '';
      await tx.run(deleteSessionsOfUser, { userId: user.id, except });
      await this.#deps.endings.run(tx, user.id);
      if (user.id !== context.principal.userId) await tx.run(deleteTokensOfUser, { userId: user.id });
    }
  }

  async endCredentials(tx: SqlTransaction, userId: string): Promise<void> {
    await tx.run(deleteSessionsOfUser, { userId, except: '' });
    await tx.run(deleteTokensOfUser, { userId });
    await this.#deps.endings.run(tx, userId);
  }

  async #newHash(id: string, password: string | undefined): Promise<string | null> {
    if (password === undefined) return null;
    return this.hashFor((await this.#deps.directory.user(id)).login, password);
  }

  /** The row as it is to be; what is not named stays. */
  async changed(
    tx: SqlTransaction,
    old: UserRow,
    change: UserChange,
    passwordHash: string | null,
  ): Promise<queries.ChangedUser> {
    const displayName =
      change.displayName === undefined ? old.display_name : checkDisplayName(change.displayName, old.login);
    const email = change.email === undefined ? old.email : checkEmail(change.email);
    const groupId =
      change.groupId === undefined ? old.group_id : (await this.#deps.groups.existing(tx, change.groupId)).id;
    const admin = change.admin === undefined ? old.admin : Number(change.admin === true);
    if (admin === 1 && old.kind === 'guest') throw new AppError('invalid_input', 'a guest can be no admin');
    return {
      id: old.id,
      displayName,
      email,
      passwordHash: passwordHash ?? old.password_hash,
      admin,
      disabled: change.disabled === undefined ? old.disabled : Number(change.disabled === true),
      groupId,
      quota: change.quota === undefined ? old.quota : change.quota,
      folded: fold(`${old.login} ${displayName} ${email ?? ''}`),
      locale: change.locale === undefined ? old.locale : checkLocale(change.locale),
      expiresAt: checkEnd(change.expiresAt === undefined ? old.expires_at : change.expiresAt, admin === 1),
      source: change.source ?? old.source,
      externalId: change.externalId === undefined ? old.external_id : change.externalId,
    };
  }

  /** By the policy; without a password there is nothing to say. @throws invalid_input */
  checkPassword({ login, password }: Pick<NewUser, 'login' | 'password'>): void {
    if (password !== null) this.#deps.policy.check(password, login);
  }

  /** @throws invalid_input */
  async hashFor(login: string, password: string): Promise<string> {
    this.#deps.policy.check(password, login);
    return this.#deps.passwords.hash(password);
  }

  async recordChange(
    tx: SqlTransaction,
    actorId: string | null,
    old: UserRow,
    change: AccountChange,
  ): Promise<void> {
    await this.#deps.journal.append(tx, await accountChanged(tx, actorId, old, change));
  }

  #defaultQuota(): number | null {
    const mebibytes = this.#deps.settings.get('personal.defaultQuotaMiB');
    return mebibytes > 0 ? mebibytes * 1024 * 1024 : null;
  }
}

const editable: ReadonlySet<string> = new Set([
  'locale',
  'expiresAt',
  'attributes',
  'source',
  'externalId',
  'displayName',
  'email',
  'admin',
  'groupId',
  'quota',
  'disabled',
  'password',
  'unlock',
]);

function requireMayGive(manager: Manager, fields: Partial<NewUser>): void {
  if (manager.admin) return;
  const refused = forAdmins.filter((field) => fields[field] !== undefined);
  if (refused.length === 0) return;
  throw new AppError('forbidden', `only admins set ${refused.join(', ')}`, { details: { fields: refused } });
}
