/** Cookie sessions: only the server makes their secrets, only a hash of them is kept. */
import type { Session } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { ClientInfo, OpenedSession } from './api.ts';
import type { Authenticator } from './authenticator.ts';
import { personInside, requirePerson } from './authority.ts';
import * as queries from './credential-queries.ts';
import type { Account } from './credential-queries.ts';
import { hashSecret, newSessionSecret, sharedHmac } from './secrets.ts';
import type { Touches } from './touches.ts';
import { confirmLogin } from './user-queries.ts';

export interface SessionsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly touches: Touches;
  /** Of all nodes. */
  readonly csrfKey: string;
}

export class Sessions {
  readonly #deps: SessionsDeps;

  readonly csrfToken: (secret: string) => string;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    this.csrfToken = sharedHmac(deps.csrfKey);
  }

  async login(
    login: string,
    password: string,
    client: ClientInfo,
    remember: boolean,
  ): Promise<OpenedSession> {
    const { authenticator, clock, touches } = this.#deps;
    const account = await authenticator.checkPassword(login, password, client);
    const secret = newSessionSecret();
    const at = clock.now();
    const expiresAt = at + touches.sessionMs(remember);
    await this.#insert(account, secret, client, { at, expiresAt, remember });
    const principal = await authenticator.authenticate({ kind: 'session', secret }, client);
    return { principal, secret, csrfToken: this.csrfToken(secret), expiresAt };
  }

  async logout(context: Context): Promise<void> {
    const { sessionId } = context.principal;
    if (sessionId === null) throw new AppError('invalid_input', 'these credentials are not a session');
    await this.revoke(context, sessionId);
  }

  async list(context: Context): Promise<readonly Session[]> {
    const { userId, sessionId } = requirePerson(context.principal);
    const parameters = { userId, now: this.#deps.clock.now() };
    const rows = await this.#deps.sql.reader.all(queries.sessionsOfUser, parameters);
    return rows.map((row) => ({
      id: row.id,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
      expiresAt: row.expires_at,
      address: row.address,
      client: row.client,
      current: row.id === sessionId,
    }));
  }

  async revoke(context: Context, id: string): Promise<void> {
    await this.#deps.sql.transaction(async (tx) => {
      const { userId } = await personInside(this.#deps.access, tx, context);
      const removed = await tx.run(queries.deleteSession, { id, userId });
      if (removed === 0) throw new AppError('not_found', 'there is no such session');
    });
  }

  /**
   * The password was checked a while ago, before its hash was computed. Updating the user's row under the condition that nothing
   * changed since locks it, so that a new password or a disabling comes before (no session) or after (which ends this one).
   */
  async #insert(
    account: Account,
    secret: string,
    client: ClientInfo,
    life: { readonly at: number; readonly expiresAt: number; readonly remember: boolean },
  ): Promise<void> {
    const row = {
      id: newId(),
      userId: account.user_id,
      hash: hashSecret(secret),
      remember: life.remember ? 1 : 0,
      address: client.address.slice(0, 64),
      client: printable(client.userAgent).slice(0, 300),
      at: life.at,
      expiresAt: life.expiresAt,
    };
    await this.#deps.sql.transaction(async (tx) => {
      const same = { id: account.user_id, passwordHash: account.password_hash, at: life.at };
      if ((await tx.run(confirmLogin, same)) === 0) {
        throw new AppError('unauthenticated', 'the credentials are not valid');
      }
      await tx.run(queries.insertSession, row);
    });
  }
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, '');
}
