/** Cookie sessions: only the server makes their secrets, only a hash of them is kept. */
import type { Session } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { ClientInfo, OpenedSession } from './api.ts';
import type { Authenticator } from './authenticator.ts';
import { ownInside, requirePerson } from './authority.ts';
import * as queries from './credential-queries.ts';
import type { Account } from './credential-queries.ts';
import { hashSecret, newSessionSecret, sharedHmac } from './secrets.ts';
import { deleteSessionsFrom, insertSession, limitSession, sessionsOfUser } from './session-queries.ts';
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

/** '': nothing is missing. */
export type Limit = '' | 'enrol' | 'password';

/** Done in the transaction of a change; what throws there undoes it. */
type Inside = (tx: SqlTransaction) => Promise<void>;

export interface NewSession {
  readonly remember: boolean;
  readonly limited: Limit;
  readonly inside?: Inside;
}

const impersonationMs = 3_600_000;

export class Sessions {
  readonly #deps: SessionsDeps;

  readonly csrfToken: (secret: string) => string;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    this.csrfToken = sharedHmac(deps.csrfKey);
  }

  /**
   * For whom log-in was checked a while ago. Updating the user's row under the condition that nothing changed since locks it, so that a new
   * password or a disabling comes before (no session) or after (which ends this one).
   */
  async open(account: Account, client: ClientInfo, wanted: NewSession): Promise<OpenedSession> {
    const { clock, sql, touches } = this.#deps;
    const at = clock.now();
    const expiresAt = at + touches.sessionMs(wanted.remember);
    const secret = newSessionSecret();
    await sql.transaction(async (tx) => {
      const same = { id: account.user_id, passwordHash: account.password_hash, at };
      if ((await tx.run(confirmLogin, same)) === 0)
        throw new AppError('unauthenticated', 'the credentials are not valid');
      await wanted.inside?.(tx);
      await tx.run(insertSession, {
        ...rowOf(account.user_id, secret, client, at, expiresAt),
        remember: wanted.remember ? 1 : 0,
        limited: wanted.limited,
        provedAt: at,
        impersonatorId: null,
        parentId: null,
      });
    });
    return this.#opened(secret, client, expiresAt);
  }

  /** A session in the name of another, which lives and dies with the admin's own. The caller holds the epoch and has checked both. */
  async openAs(
    tx: SqlTransaction,
    userId: string,
    client: ClientInfo,
    by: { readonly userId: string; readonly sessionId: string },
  ): Promise<() => Promise<OpenedSession>> {
    const at = this.#deps.clock.now();
    const expiresAt = at + impersonationMs;
    const secret = newSessionSecret();
    await tx.run(insertSession, {
      ...rowOf(userId, secret, client, at, expiresAt),
      remember: 0,
      limited: '',
      provedAt: 0,
      impersonatorId: by.userId,
      parentId: by.sessionId,
    });
    return () => this.#opened(secret, client, expiresAt);
  }

  /** Also of a session that may do nothing else yet. */
  async logout(context: Context, inside: Inside): Promise<void> {
    const { userId, sessionId } = context.principal;
    if (sessionId === null || userId === null)
      throw new AppError('invalid_input', 'these credentials are not a session');
    await this.#deps.sql.transaction(async (tx) => {
      await this.#deps.access.bumpEpoch(tx);
      await remove(tx, sessionId, userId);
      await inside(tx);
    });
  }

  async list(context: Context): Promise<readonly Session[]> {
    const { userId, sessionId } = requirePerson(context.principal);
    return this.listOf(this.#deps.sql.reader, userId, sessionId);
  }

  async listOf(reader: SqlReader, userId: string, current: string | null): Promise<readonly Session[]> {
    const rows = await reader.all(sessionsOfUser, { userId, now: this.#deps.clock.now() });
    return rows.map((row) => ({
      id: row.id,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
      expiresAt: row.expires_at,
      address: row.address,
      client: row.client,
      current: row.id === current,
      impersonatorId: row.impersonator_id,
    }));
  }

  async revoke(context: Context, id: string, inside: Inside): Promise<void> {
    await this.#deps.sql.transaction(async (tx) => {
      const { userId } = await ownInside(this.#deps.access, tx, context);
      await remove(tx, id, userId);
      await inside(tx);
    });
  }

  /** Everywhere but here. */
  async revokeOthers(context: Context, inside: Inside): Promise<void> {
    await this.#deps.sql.transaction(async (tx) => {
      const { userId, sessionId } = await ownInside(this.#deps.access, tx, context);
      await tx.run(queries.deleteSessionsOfUser, { userId, except: sessionId ?? '' });
      await inside(tx);
    });
  }

  /** The caller holds the epoch. `id: null`: all of them. */
  async revokeOf(tx: SqlTransaction, userId: string, id: string | null): Promise<void> {
    if (id !== null) await remove(tx, id, userId);
    else await tx.run(queries.deleteSessionsOfUser, { userId, except: '' });
  }

  /** The caller holds the epoch. */
  async limit(tx: SqlTransaction, sessionId: string, limited: Limit): Promise<void> {
    await tx.run(limitSession, { id: sessionId, limited });
  }

  async #opened(secret: string, client: ClientInfo, expiresAt: number): Promise<OpenedSession> {
    const principal = await this.#deps.authenticator.authenticate({ kind: 'session', secret }, client);
    return { principal, secret, csrfToken: this.csrfToken(secret), expiresAt };
  }
}

async function remove(tx: SqlTransaction, id: string, userId: string): Promise<void> {
  if ((await tx.run(queries.deleteSession, { id, userId })) === 0)
    throw new AppError('not_found', 'there is no such session');
  await tx.run(deleteSessionsFrom, { parentId: id });
}

function rowOf(userId: string, secret: string, client: ClientInfo, at: number, expiresAt: number) {
  return {
    id: newId(),
    userId,
    hash: hashSecret(secret),
    address: client.address.slice(0, 64),
    client: printable(client.userAgent).slice(0, 300),
    at,
    expiresAt,
  };
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, '');
}
