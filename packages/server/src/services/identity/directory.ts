/** Looks users up for showing them. */
import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { Attempts } from './attempts.ts';
import { requireAdmin } from './authority.ts';
import { canonicalLogin, fold } from './input.ts';
import type { UserRow } from './tables.ts';
import * as queries from './user-queries.ts';

export class Directory {
  readonly #sql: SqlStore;
  readonly #attempts: Attempts;

  constructor(sql: SqlStore, attempts: Attempts) {
    this.#sql = sql;
    this.#attempts = attempts;
  }

  async user(id: string): Promise<User> {
    const row = await this.#sql.reader.get(queries.userById, { id });
    const [user] = await this.#present(row === undefined ? [] : [row]);
    if (user === undefined) throw new AppError('not_found', 'there is no such user');
    return user;
  }

  async userByLogin(login: string): Promise<User | null> {
    const row = await this.#sql.reader.get(queries.userByLogin, { login: canonicalLogin(login) });
    const [user] = await this.#present(row === undefined ? [] : [row]);
    return user ?? null;
  }

  async users(
    context: Context,
    query: { readonly q?: string; readonly cursor?: string; readonly limit: number },
  ): Promise<{ readonly items: readonly User[]; readonly next: string | null }> {
    requireAdmin(context.principal);
    const size = Math.min(Math.max(Math.trunc(query.limit), 1), 1000);
    const after = query.cursor === undefined ? '' : readCursor(query.cursor);
    const limit = size + 1;
    const folded = fold(query.q?.trim() ?? '');
    const rows =
      folded === ''
        ? await this.#sql.reader.all(queries.listUsers, { after, limit })
        : await this.#sql.background.all(queries.searchUsers, {
            pattern: `%${escapeLike(folded)}%`,
            after,
            limit,
          });
    const shown = rows.slice(0, size);
    const last = rows.length > size ? shown.at(-1) : undefined;
    return { items: await this.#present(shown), next: last === undefined ? null : writeCursor(last.login) };
  }

  async names(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#sql.reader.all(queries.displayNames, { ids: [...new Set(ids)] });
    return new Map(rows.map((row) => [row.id, row.display_name]));
  }

  async #present(rows: readonly UserRow[]): Promise<readonly User[]> {
    if (rows.length === 0) return [];
    const blocks = await this.#attempts.blocks(rows.map((row) => row.login));
    return rows.map((row) => ({
      id: row.id,
      login: row.login,
      displayName: row.display_name,
      email: row.email,
      admin: row.admin === 1,
      disabled: row.disabled === 1,
      lockedUntil: blocks.get(row.login) ?? null,
      groupId: row.group_id,
      quota: row.quota,
      createdAt: row.created_at,
      lastLoginAt: row.last_login_at,
    }));
  }
}

function escapeLike(text: string): string {
  return text.replace(/[!%_]/g, (character) => `!${character}`);
}

function writeCursor(login: string): string {
  return Buffer.from(login).toString('base64url');
}

function readCursor(cursor: string): string {
  const login = canonicalLogin(Buffer.from(cursor, 'base64url').toString());
  if (login === '') throw new AppError('invalid_input', 'the cursor is damaged');
  return login;
}
