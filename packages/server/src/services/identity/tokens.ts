/** App passwords and personal access tokens. Their secrets are shown once and kept as hashes. */
import type { Scope, Token } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { IdentityService } from './api.ts';
import { personInside, requirePerson, type Person } from './authority.ts';
import * as queries from './credential-queries.ts';
import { checkLabel } from './input.ts';
import { parseScopes } from './principals.ts';
import { hashSecret, newTokenSecret } from './secrets.ts';
import type { TokenRow } from './tables.ts';

type NewToken = Parameters<IdentityService['createToken']>[1];

const mayHave = 200;
const known: readonly Scope[] = ['files:read', 'files:write', 'account', 'admin'];

export class Tokens {
  readonly #sql: SqlStore;
  readonly #access: AccessService;
  readonly #clock: Clock;

  constructor(sql: SqlStore, access: AccessService, clock: Clock) {
    this.#sql = sql;
    this.#access = access;
    this.#clock = clock;
  }

  async list(context: Context): Promise<readonly Token[]> {
    const { userId } = requirePerson(context.principal);
    const rows = await this.#sql.reader.all(queries.tokensOfUser, { userId });
    return rows.map(presentToken);
  }

  /** @param inside done in the transaction that makes it */
  async create(
    context: Context,
    input: NewToken,
    inside: (tx: SqlTransaction, made: Token) => Promise<void>,
  ): Promise<{ readonly token: Token; readonly secret: string }> {
    const label = checkLabel(input.label);
    const wanted = wantedScopes(input);
    const secret = newTokenSecret(input.kind);
    const token = await this.#sql.transaction(async (tx) => {
      const person = await personInside(this.#access, tx, context);
      const { userId } = person;
      const present = await tx.get(queries.countTokens, { userId });
      if ((present?.count ?? 0) >= mayHave)
        throw new AppError('conflict', 'there are too many tokens: revoke some');
      const made: Token = {
        id: newId(),
        kind: input.kind,
        label,
        scopes: withinCreator(wanted, person),
        createdAt: this.#clock.now(),
        lastUsedAt: null,
        expiresAt: await this.#expiry(tx, person, input.expiresAt ?? null),
      };
      const { id, kind, createdAt: at, expiresAt } = made;
      const hash = hashSecret(secret);
      await tx.run(queries.insertToken, {
        id,
        userId,
        kind,
        label,
        scopes: made.scopes.join(' '),
        hash,
        at,
        expiresAt,
      });
      await inside(tx, made);
      return made;
    });
    return { token, secret };
  }

  async revoke(context: Context, id: string, inside: (tx: SqlTransaction) => Promise<void>): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      const { userId } = await personInside(this.#access, tx, context);
      const removed = await tx.run(queries.deleteToken, { id, userId });
      if (removed === 0) throw new AppError('not_found', 'there is no such token');
      await inside(tx);
    });
  }

  /** What a token makes does not outlive it. */
  async #expiry(tx: SqlTransaction, person: Person, wanted: number | null): Promise<number | null> {
    if (wanted !== null && !(Number.isSafeInteger(wanted) && wanted > this.#clock.now())) {
      throw new AppError('invalid_input', 'the expiry must lie in the future');
    }
    if (person.tokenId === null) return wanted;
    const creator = await tx.get(queries.tokenById, { id: person.tokenId });
    const latest = creator?.expires_at ?? null;
    return wanted === null || latest === null ? (wanted ?? latest) : Math.min(wanted, latest);
  }
}

function wantedScopes(input: NewToken): readonly Scope[] {
  const scopes = input.scopes ?? ['files:write'];
  if (scopes.length === 0 || scopes.some((scope) => !known.includes(scope))) {
    throw new AppError('invalid_input', `scopes are among ${known.join(', ')}`);
  }
  const wanted = parseScopes(scopes.join(' '));
  if (input.kind === 'app_password' && wanted.join() !== 'files:read,files:write') {
    throw new AppError('invalid_input', 'an app password has the scope files:write');
  }
  return wanted;
}

function withinCreator(wanted: readonly Scope[], creator: Person): Scope[] {
  const beyond = wanted.filter((scope) => !creator.scopes.includes(scope));
  if (beyond.length === 0) return [...wanted];
  throw new AppError('forbidden', `the creator's credentials lack ${beyond.join(', ')}`, {
    details: { missing: beyond },
  });
}

function presentToken(row: TokenRow): Token {
  return {
    id: row.id,
    kind: row.kind,
    label: row.label,
    scopes: [...parseScopes(row.scopes)],
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}
