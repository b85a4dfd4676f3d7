/**
 * Tells clients when a session of ours has ended (OpenID Connect Back-Channel Logout 1.0). Whatever ended it (log-out, revocation, a new
 * password, a disabled account, time): sessions are looked at, not the ways to end them.
 */
import type { JWK } from 'jose';
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { PrincipalReloader } from '../identity/api.ts';
import type { OidcService } from './api.ts';
import type { Clients } from './clients.ts';
import type { Keys } from './keys.ts';
import * as queries from './queries.ts';
import type { LoginRow, LogoutRow } from './tables.ts';

export interface LogoutsDeps {
  readonly sql: SqlStore;
  readonly identity: Pick<PrincipalReloader, 'liveSessions'>;
  readonly clients: Clients;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Refuses addresses inside the own network. */
  readonly post: (url: string, body: URLSearchParams, signal: AbortSignal) => Promise<number>;
}

const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;
const giveUpAfterMs = 86_400_000;
/** Of a logout token: two minutes, as section 2.4 advises. */
const tokenSeconds = 120;

export class Logouts {
  readonly #deps: LogoutsDeps;

  constructor(deps: LogoutsDeps) {
    this.#deps = deps;
  }

  async note(login: Parameters<OidcService['noteLogin']>[0]): Promise<void> {
    const row = { ...login, at: this.#deps.clock.now() };
    await this.#deps.sql.transaction((tx) => tx.run(queries.upsertLogin, row));
  }

  async send(signal: AbortSignal): Promise<{ sent: number; failed: number }> {
    await this.#findEnded(signal);
    const result = { sent: 0, failed: 0 };
    for (const due of await this.#deps.sql.reader.all(queries.dueLogouts, { now: this.#deps.clock.now() })) {
      signal.throwIfAborted();
      if (await this.#deliver(due, signal)) result.sent++;
      else result.failed++;
    }
    return result;
  }

  async #findEnded(signal: AbortSignal): Promise<void> {
    const { sql, identity } = this.#deps;
    let last = { sessionId: '', clientId: '' };
    for (;;) {
      signal.throwIfAborted();
      const logins = await sql.reader.all(queries.loginsAfter, last);
      const end = logins.at(-1);
      if (end === undefined) return;
      const ids = [...new Set(logins.map((login) => login.session_id))];
      const live = await identity.liveSessions(sql.reader, ids);
      for (const login of logins) if (!live.has(login.session_id)) await this.#enqueue(login);
      last = { sessionId: end.session_id, clientId: end.client_id };
    }
  }

  async #enqueue(login: LoginRow): Promise<void> {
    await this.#deps.sql.transaction(async (tx) => {
      const gone = { sessionId: login.session_id, clientId: login.client_id };
      if ((await tx.run(queries.deleteLogin, gone)) === 0) return; // another node was first
      await tx.run(queries.insertLogout, {
        id: newId(),
        clientId: login.client_id,
        userId: login.user_id,
        sid: login.sid,
        issuer: login.issuer,
        at: this.#deps.clock.now(),
      });
    });
  }

  async #deliver(row: LogoutRow, signal: AbortSignal): Promise<boolean> {
    const { clients, clock, log, post, sql } = this.#deps;
    const client = await clients.find(row.client_id);
    const uri = client?.metadata['backchannel_logout_uri'];
    let failure: unknown = null;
    if (typeof uri === 'string') {
      try {
        const body = new URLSearchParams({ logout_token: await this.#token(row, client?.metadata ?? {}) });
        const status = await post(uri, body, signal);
        if (status !== 200 && status !== 204) failure = `status ${status}`;
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
      }
    }
    const over = failure === null || clock.now() - row.created_at > giveUpAfterMs;
    if (failure !== null)
      log.warn({ client: row.client_id, failure, over }, 'a client was not told of a log-out');
    const attempts = row.attempts + 1;
    const nextAt = clock.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** attempts);
    await sql.transaction((tx) =>
      over
        ? tx.run(queries.deleteLogout, { id: row.id })
        : tx.run(queries.postponeLogout, { id: row.id, attempts, nextAt }),
    );
    return failure === null;
  }

  async #token(row: LogoutRow, metadata: Readonly<Record<string, unknown>>): Promise<string> {
    const { importJWK, SignJWT } = await import('jose');
    const alg = metadata['id_token_signed_response_alg'] === 'ES256' ? 'ES256' : 'RS256';
    const jwk = (await this.#deps.keys.current()).keys.find((key) => key.alg === alg) as JWK; // each algorithm always has one
    const now = Math.floor(this.#deps.clock.now() / 1000);
    return new SignJWT({
      sid: row.sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
      .setProtectedHeader({ alg, kid: String(jwk.kid), typ: 'logout+jwt' })
      .setIssuer(row.issuer)
      .setAudience(row.client_id)
      .setSubject(row.user_id)
      .setJti(newId())
      .setIssuedAt(now)
      .setExpirationTime(now + tokenSeconds)
      .sign(await importJWK(jwk, alg));
  }
}
