/** Access tokens of the provider as credentials of our own API. */
import type { Clock } from '../../kernel/clock.ts';
import type { Principal, ScopeName } from '../../kernel/context.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import type { PrincipalReloader, VerifiedElsewhere, Verifier } from '../identity/api.ts';
import type { Clients } from './clients.ts';
import { scopesWorth, wordsOf } from './payloads.ts';
import * as queries from './queries.ts';
import type { BearerRow } from './queries.ts';
import type { Records } from './records.ts';

export interface AccessTokensDeps {
  readonly sql: SqlStore;
  readonly identity: Pick<PrincipalReloader, 'principalAs' | 'liveSessions'>;
  readonly records: Records;
  readonly clients: Pick<Clients, 'find'>;
  readonly clock: Clock;
}

const known: readonly ScopeName[] = ['files:read', 'files:write', 'account', 'admin'];

export class AccessTokens implements Verifier<string> {
  readonly #deps: AccessTokensDeps;

  constructor(deps: AccessTokensDeps) {
    this.#deps = deps;
  }

  async verify(secret: string, _client: unknown, epoch: number): Promise<VerifiedElsewhere | null> {
    const { sql, records } = this.#deps;
    const row = await sql.reader.get(queries.bearerByKey, { value: records.keyOf('AccessToken', secret) });
    return this.#principal(sql.reader, row, epoch);
  }

  async reload(reader: SqlReader, old: Principal, epoch: number): Promise<VerifiedElsewhere | null> {
    return this.#principal(reader, await reader.get(queries.bearerById, { value: old.tokenId ?? '' }), epoch);
  }

  /** Null where token, grant, session or person is over. */
  async #principal(
    reader: SqlReader,
    row: BearerRow | undefined,
    epoch: number,
  ): Promise<VerifiedElsewhere | null> {
    const { identity, clock } = this.#deps;
    if (row === undefined || row.user_id === null || row.user_id !== row.grant_user_id) return null;
    const expiresAt = Math.min(row.expires_at, row.grant_expires_at);
    if (expiresAt <= clock.now()) return null;
    if (row.session_key !== null) {
      const sessionId = row.session_id;
      if (sessionId === null || !(await identity.liveSessions(reader, [sessionId])).has(sessionId))
        return null;
    }
    const scopes = await this.#scopes(reader, row);
    const credential = { via: 'oidc' as const, epoch, scopes, tokenId: row.id };
    const principal = await identity.principalAs(reader, row.user_id, credential);
    return principal && { principal, expiresAt };
  }

  /** A token without any of ours opens nothing but the provider's own userinfo; none opens more than its grant is worth now. */
  async #scopes(reader: SqlReader, row: BearerRow): Promise<readonly ScopeName[]> {
    const { records, clients } = this.#deps;
    const grant = records.open({ record_key: row.grant_key, payload: row.grant_payload }) ?? {};
    const granted = new Set(scopesWorth(grant, await clients.find(row.client_id ?? '', reader)));
    const words = new Set(wordsOf(row.scopes).filter((word) => granted.has(word)));
    if (words.has('files:write')) words.add('files:read');
    return known.filter((scope) => words.has(scope));
  }
}
