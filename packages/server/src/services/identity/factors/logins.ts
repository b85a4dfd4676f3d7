/** The ways to a session: password, second step, passkey, another provider. A state between them is a challenge, never a session. */
import { AppError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { SqlStore } from '../../../stores/sql/contract.ts';
import type { AccessService } from '../../access/api.ts';
import type { ClientInfo, OpenedSession } from '../api.ts';
import type { Authenticator } from '../authenticator.ts';
import { accountById, type Account } from '../credential-queries.ts';
import type { PasswordBook } from '../password/book.ts';
import { isShut, type Principals } from '../principals.ts';
import { hashSecret } from '../secrets.ts';
import type { Limit, Sessions } from '../sessions.ts';
import type { Assertion, AssertionOptions, LoginOptions, SecondStep } from './api.ts';
import { challengeOver, type Challenges } from './challenges.ts';
import type { Devices } from './devices.ts';
import type { Factors, SecondMethod } from './factors.ts';
import type { Notices } from './notices.ts';
import type { Passkeys, Site } from './passkeys.ts';
import type { SecondSteps } from './second-steps.ts';
import type { UseInside } from './totp.ts';

export interface LoginsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly principals: Principals;
  readonly sessions: Sessions;
  readonly book: PasswordBook;
  readonly challenges: Challenges;
  readonly factors: Factors;
  readonly passkeys: Passkeys;
  readonly steps: SecondSteps;
  readonly devices: Devices;
  readonly notices: Notices;
}

/** How somebody came in, for the records. */
interface Way extends LoginOptions {
  readonly via: string;
  readonly factor?: SecondMethod;
  /** Whether the password took part: then it may be one that must be changed. */
  readonly byPassword: boolean;
  readonly uses?: readonly UseInside[];
}

export class Logins {
  readonly #deps: LoginsDeps;

  constructor(deps: LoginsDeps) {
    this.#deps = deps;
  }

  async login(
    login: string,
    password: string,
    client: ClientInfo,
    options: LoginOptions,
  ): Promise<OpenedSession> {
    const account = await this.#deps.authenticator.checkPassword(login, password, client);
    await this.#askSecond(account, options.remember, 'password');
    return this.#open(account, client, { ...options, via: 'password', byPassword: true });
  }

  async loginAs(
    userId: string,
    client: ClientInfo,
    options: LoginOptions & { readonly via: string; readonly secondStep: boolean },
  ): Promise<OpenedSession> {
    const account = await this.#active(userId);
    if (account === null) throw wrong('account');
    if (options.secondStep) await this.#askSecond(account, options.remember, options.via);
    return this.#open(account, client, { ...options, byPassword: false });
  }

  async second(
    challenge: string,
    step: SecondStep,
    site: Site,
    client: ClientInfo,
    device: string | null,
  ): Promise<{ readonly session: OpenedSession; readonly remember: boolean }> {
    const { notices, sql, steps } = this.#deps;
    const { account, remember, via } = await this.#begun(challenge);
    const charge = await steps.charge(account.login);
    const use = await steps.check(sql.reader, account.user_id, step, site);
    if (use === null) {
      await notices.keep(client, failed(account.login, step.method));
      throw wrong('code');
    }
    const take: UseInside = async (tx) =>
      (await this.#deps.challenges.take(tx, 'second', challenge)).userId === account.user_id;
    const way = { via, factor: step.method, byPassword: via === 'password', remember, device };
    const session = await this.#open(account, client, { ...way, uses: [take, use] });
    await steps.forgive(charge);
    return { session, remember };
  }

  async secondOptions(challenge: string, site: Site): Promise<AssertionOptions> {
    const { account } = await this.#begun(challenge);
    await this.#deps.steps.chargeOptions({ login: account.login });
    return this.#deps.sql.transaction((tx) => this.#deps.passkeys.askFor(tx, site, account.user_id));
  }

  async passkeyOptions(site: Site, { address }: ClientInfo): Promise<AssertionOptions> {
    await this.#deps.steps.chargeOptions({ address });
    return this.#deps.sql.transaction((tx) => this.#deps.passkeys.askFor(tx, site, null));
  }

  async passkeyLogin(
    assertion: Assertion,
    site: Site,
    client: ClientInfo,
    options: LoginOptions,
  ): Promise<OpenedSession> {
    const { passkeys, sql } = this.#deps;
    const found = await passkeys.check(sql.reader, site, null, assertion);
    const account = found && (await this.#active(found.userId));
    if (found === null || account === null) throw wrong('passkey');
    const way = { ...options, via: 'passkey', byPassword: false, uses: [found.use] };
    return this.#open(account, client, way);
  }

  /** @throws second_factor_required where the account has one */
  async #askSecond(account: Account, remember: boolean, via: string): Promise<void> {
    const { challenges, factors, sql } = this.#deps;
    const methods = await factors.methods(sql.reader, account.user_id);
    if (methods.length === 0) return;
    const data = { remember, via, password: hashSecret(account.password_hash) };
    const challenge = await sql.transaction((tx) =>
      challenges.issue(tx, 'second', { userId: account.user_id, data }),
    );
    throw new AppError('second_factor_required', 'the second step is missing', {
      details: { challenge, methods },
    });
  }

  /** Whoever gave the password: dead with a new password or a disabled account. @throws unauthenticated */
  async #begun(
    challenge: string,
  ): Promise<{ readonly account: Account; readonly remember: boolean; readonly via: string }> {
    const { challenges, sql } = this.#deps;
    const begun = await challenges.peek(sql.reader, 'second', challenge);
    const account = begun?.userId == null ? null : await this.#active(begun.userId);
    if (begun === null || account === null || begun.data['password'] !== hashSecret(account.password_hash))
      throw challengeOver();
    return { account, remember: begun.data['remember'] === true, via: String(begun.data['via']) };
  }

  async #open(account: Account, client: ClientInfo, way: Way): Promise<OpenedSession> {
    const { devices, notices, sessions } = this.#deps;
    const limited = await this.#limitFor(account, way.byPassword);
    const session = await sessions.open(account, client, {
      remember: way.remember,
      limited,
      inside: async (tx) => {
        for (const use of way.uses ?? []) if (!(await use(tx))) throw wrong('code');
        if (way.factor === 'recovery')
          await notices.mail(tx, account.user_id, 'recovery-code-used', client.address);
        await notices.append(tx, client, {
          kind: 'auth.login',
          actorId: account.user_id,
          actorLogin: account.login,
          details: { via: way.via, ...(way.factor === undefined ? {} : { factor: way.factor }) },
        });
      },
    });
    await devices
      .note(account.user_id, way.device ?? null, client.address)
      .catch((error: unknown) => this.#deps.log.warn({ err: error }, 'could not note a device'));
    return session;
  }

  async #limitFor(account: Account, byPassword: boolean): Promise<Limit> {
    const { access, book, factors, principals, sql } = this.#deps;
    const { reader } = sql;
    if (byPassword && account.password_hash !== '' && (await book.mustChange(reader, account.user_id)))
      return 'password';
    const { principal } = await principals.ofAccount(reader, account, 'system', await access.epoch());
    if (!factors.isRequired(account, principal.roles)) return '';
    return (await factors.methods(reader, account.user_id)).length > 0 ? '' : 'enrol';
  }

  async #active(userId: string): Promise<Account | null> {
    const account = await this.#deps.sql.reader.get(accountById, { id: userId });
    return account === undefined || isShut(account, this.#deps.clock.now()) ? null : account;
  }
}

function wrong(reason: 'account' | 'code' | 'passkey'): AppError {
  return new AppError('unauthenticated', 'this is not right', { details: { reason } });
}

function failed(login: string, reason: string) {
  return { kind: 'auth.failed', details: { login, reason } } as const;
}
