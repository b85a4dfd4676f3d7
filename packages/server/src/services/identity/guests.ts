/** Guests: invited by users, of no group, unseen by others, over at their end by the clock. */
import { randomBytes } from 'node:crypto';
import type { Invitation, Invited, User } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { MailService } from '../mail/api.ts';
import type { SettingsService } from '../settings/api.ts';
import { countAttempt, selectAttempts } from './attempt-queries.ts';
import { personInside, requirePerson, type Person } from './authority.ts';
import type { GuestsApi, NewGuest } from './directory-api.ts';
import type { Directory } from './directory.ts';
import * as queries from './guest-queries.ts';
import { checkDescription, checkEmail, checkLocale } from './input.ts';
import { hashSecret } from './secrets.ts';
import type { UserRow } from './tables.ts';
import { existing } from './user-rows.ts';
import type { Users } from './users.ts';

export interface GuestsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly mail: Pick<MailService, 'enqueue' | 'configured'>;
  /** VOLVOX_URL; null: there is no address to put into mails, so whoever invites hands the link over. */
  readonly publicUrl: string | null;
  readonly users: Users;
  readonly directory: Directory;
}

const dayMs = 86_400_000;
const invitationMs = 14 * dayMs;
const listed = 1000;

export class Guests implements GuestsApi {
  readonly #deps: GuestsDeps;

  constructor(deps: GuestsDeps) {
    this.#deps = deps;
  }

  async list(context: Context): Promise<readonly User[]> {
    const { userId } = requirePerson(context.principal);
    const { directory, sql } = this.#deps;
    return directory.present(await sql.reader.all(queries.guestsOf, { me: userId, limit: listed }));
  }

  /** A login that another's guest has gets another ending: whom others have invited is not told. */
  async invite(context: Context, guest: NewGuest): Promise<Invited> {
    const email = checkEmail(guest.email);
    if (email === null) throw new AppError('invalid_input', 'this is not an e-mail address');
    const locale = checkLocale(guest.locale ?? null);
    const message = checkDescription(guest.message ?? '') || null;
    for (let tries = 0; ; tries++) {
      try {
        return await this.#invite(context, { ...guest, email, locale, message }, loginFor(email, tries));
      } catch (error) {
        if (!isAppError(error, 'conflict') || error.cause === undefined || tries >= 3) throw error;
      }
    }
  }

  async update(
    context: Context,
    id: string,
    change: { readonly expiresAt?: number | null; readonly disabled?: boolean },
  ): Promise<User> {
    const { access, directory, sql, users } = this.#deps;
    await sql.transaction(async (tx) => {
      const person = await personInside(access, tx, context);
      const guest = await existing(tx, id);
      if (guest.kind !== 'guest' || guest.invited_by !== person.userId)
        throw new AppError('not_found', 'there is no such user');
      const { disabled } = change;
      // Whether an administrator closed it or set the end is not known: neither is undone by who invited.
      const reopens = disabled === false && guest.disabled === 1;
      const unbounds = change.expiresAt === null && guest.expires_at !== null;
      if (!person.admin && (reopens || (unbounds && this.#endOf(null) === null)))
        throw new AppError('forbidden', 'only admins reopen an account', { details: { reason: 'guests' } });
      const named = {
        ...(change.expiresAt === undefined ? {} : { expiresAt: this.#endOf(change.expiresAt) }),
        ...(disabled === undefined ? {} : { disabled }),
      };
      const next = await users.changed(tx, guest, named, null);
      await users.write(tx, guest, next);
      if (disabled === true) {
        await users.endCredentials(tx, id);
        await tx.run(queries.deleteInvitation, { userId: id });
      }
      await users.recordChange(tx, context.principal.userId, guest, { fields: Object.keys(named), next });
    });
    return directory.user(id);
  }

  async invitation(token: string): Promise<Invitation> {
    const { clock, sql } = this.#deps;
    const found = await sql.reader.get(queries.invitationByHash, {
      hash: hashSecret(token),
      now: clock.now(),
    });
    if (found === undefined) throw over();
    return { login: found.login, displayName: found.display_name, inviter: found.inviter };
  }

  async accept(token: string, password: string): Promise<{ readonly login: string }> {
    const { access, clock, sql, users } = this.#deps;
    const hash = hashSecret(token);
    const { login } = await this.invitation(token);
    const passwordHash = await users.hashFor(login, password);
    return sql.transaction(async (tx) => {
      await access.bumpEpoch(tx);
      const found = await tx.get(queries.invitationByHash, { hash, now: clock.now() });
      if (found === undefined) throw over();
      const user = await existing(tx, found.user_id);
      await tx.run(queries.deleteInvitation, { userId: user.id });
      await users.write(tx, user, await users.changed(tx, user, {}, passwordHash));
      await users.recordChange(tx, user.id, user, { fields: ['password'] });
      return { login: user.login };
    });
  }

  /** Who invited goes: the successor answers for the guests; without one they stay with the admins. */
  async userRemoved(tx: SqlTransaction, userId: string, successorId: string | null): Promise<void> {
    await tx.run(queries.handGuests, { from: userId, to: successorId });
    await tx.run(queries.deleteInvitation, { userId });
  }

  async #invite(
    context: Context,
    guest: NewGuest & { readonly locale: string | null; readonly message: string | null },
    login: string,
  ): Promise<Invited> {
    const { access, clock, directory, sql, users } = this.#deps;
    const expiresAt = this.#endOf(guest.expiresAt ?? null);
    const { email, displayName = '', locale } = guest;
    const made = await users.prepare(
      { login, password: null, email, displayName, expiresAt, locale },
      'guest',
    );
    const token = randomBytes(16).toString('base64url');
    const invited = await sql.transaction(async (tx) => {
      const person = await personInside(access, tx, context);
      this.#requireMayInvite(person);
      await this.#countInvitation(tx, person);
      const inviter = await existing(tx, person.userId);
      const known = await this.#ownGuest(tx, person, email);
      // Refused below, so that the attempt is counted: nobody looks through the addresses of the house this way.
      if (known === null && (await tx.get(queries.personAt, { email: email.toLowerCase() }))) return null;
      if (known === null) {
        const row = { ...made, groupId: inviter.group_id, quota: null, invitedBy: person.userId };
        await users.insert(tx, row, person.userId);
      }
      const userId = known?.id ?? made.id;
      const at = clock.now();
      const until = Math.min(at + invitationMs, expiresAt ?? Infinity);
      await tx.run(queries.deleteInvitation, { userId });
      const invitation = { userId, hash: hashSecret(token), invitedBy: person.userId, at, expiresAt: until };
      await tx.run(queries.insertInvitation, invitation);
      const name = known?.display_name ?? made.displayName;
      return { id: userId, mailed: await this.#mail(tx, { ...guest, name, until, token }, inviter) };
    });
    if (invited === null)
      throw new AppError('conflict', 'somebody here has this address: share with them instead', {
        details: { reason: 'person' },
      });
    const { id, mailed } = invited;
    return { user: await directory.user(id), mailed, path: mailed ? null : pathOf(token) };
  }

  async #mail(
    tx: SqlTransaction,
    guest: NewGuest & {
      name: string;
      until: number;
      token: string;
      locale: string | null;
      message: string | null;
    },
    inviter: UserRow,
  ): Promise<boolean> {
    const { mail, publicUrl } = this.#deps;
    if (publicUrl === null || !mail.configured()) return false;
    await mail.enqueue(tx, {
      to: guest.email,
      template: 'invitation',
      locale: guest.locale ?? inviter.locale,
      data: {
        name: guest.name,
        inviter: inviter.display_name,
        link: new URL(pathOf(guest.token), publicUrl).href,
        message: guest.message,
        until: guest.until,
      },
    });
    return true;
  }

  #requireMayInvite(person: Person): void {
    const enabled = this.#deps.settings.get('guests.enabled') || person.admin;
    if (!enabled || person.guest === true || person.confined !== undefined)
      throw new AppError('forbidden', 'you may not invite guests', { details: { reason: 'guests' } });
  }

  /** Each sends a mail to an address that anybody may type in, again and again. @throws too_many_requests */
  async #countInvitation(tx: SqlTransaction, { userId, admin }: Person): Promise<void> {
    const most = this.#deps.settings.get('guests.maxPerDay');
    if (admin || most === 0) return;
    const at = this.#deps.clock.now();
    const day = Math.floor(at / dayMs);
    const key = hashSecret(`invitations\0${userId}\0${day}`);
    await tx.run(countAttempt, { key, loginKey: '', at, forgetBefore: 0 });
    const [counted] = await tx.all(selectAttempts, { keys: [key] });
    if ((counted?.failures ?? 0) > most)
      throw new AppError('too_many_requests', `each user sends at most ${most} invitations a day`, {
        details: { reason: 'invitations', retryAfter: Math.ceil(((day + 1) * dayMs - at) / 1000) },
      });
  }

  /** A guest of the asker with this address who has not come yet. @throws conflict */
  async #ownGuest(tx: SqlTransaction, { userId, admin }: Person, email: string): Promise<UserRow | null> {
    const own = await tx.all(queries.guestsOf, { me: userId, limit: listed });
    const known = own.find((guest) => guest.email?.toLowerCase() === email.toLowerCase());
    if (known !== undefined) {
      if (known.password_hash === '' && !known.disabled) return known;
      throw new AppError('conflict', 'you have invited this address already', {
        details: { reason: 'invited' },
      });
    }
    const most = this.#deps.settings.get('guests.maxPerUser');
    const now = this.#deps.clock.now();
    const active = own.filter((guest) => !guest.disabled && (guest.expires_at ?? Infinity) > now);
    if (!admin && most > 0 && active.length >= most)
      throw new AppError('conflict', `each user has at most ${most} guests`, {
        details: { reason: 'too_many', most },
      });
    return null;
  }

  /** No later than the setting allows. @throws invalid_input for what is past */
  #endOf(wanted: number | null): number | null {
    const now = this.#deps.clock.now();
    if (wanted !== null && wanted <= now) throw new AppError('invalid_input', 'the end lies in the past');
    const days = this.#deps.settings.get('guests.maxDays');
    return days === 0 ? wanted : Math.min(wanted ?? Infinity, now + days * dayMs);
  }
}

/** Behind the `#`, so that no server and no proxy on the way writes it into a log. */
function pathOf(token: string): string {
  return `/invite#${token}`;
}

/** Of the address: what logins can't have becomes a dot. */
function loginFor(email: string, tries: number): string {
  const ending = tries === 0 ? '' : `-${randomBytes(3).toString('hex')}`;
  const base = email
    .toLowerCase()
    .replace(/[^a-z0-9._@-]+/g, '.')
    .replace(/^[^a-z0-9]+/, '');
  return (base === '' ? 'guest' : base).slice(0, 64 - ending.length) + ending;
}

function over(): AppError {
  return new AppError('gone', 'this invitation has been used or is over');
}
