/** Looks users up for showing them. */
import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import type { Attempts } from './attempts.ts';
import type { UserQuery } from './api.ts';
import { below, managerOf, type Manager } from './delegation.ts';
import { listGroups } from './group-queries.ts';
import { canonicalLogin } from './input.ts';
import type { UserRow } from './tables.ts';
import * as queries from './user-queries.ts';
import { rangesOf, rarestFirst, searchedWords } from './words.ts';

export class Directory {
  readonly #sql: SqlStore;
  readonly #attempts: Attempts;

  constructor(sql: SqlStore, attempts: Attempts) {
    this.#sql = sql;
    this.#attempts = attempts;
  }

  async user(id: string): Promise<User> {
    const row = await this.#sql.reader.get(queries.userById, { id });
    const [user] = await this.present(row === undefined ? [] : [row]);
    if (user === undefined) throw new AppError('not_found', 'there is no such user');
    return user;
  }

  async userByLogin(login: string): Promise<User | null> {
    const row = await this.#sql.reader.get(queries.userByLogin, { login: canonicalLogin(login) });
    const [user] = await this.present(row === undefined ? [] : [row]);
    return user ?? null;
  }

  async userByExternal(source: string, externalId: string): Promise<User | null> {
    const row = await this.#sql.reader.get(queries.userByExternal, { source, externalId });
    const [user] = await this.present(row === undefined ? [] : [row]);
    return user ?? null;
  }

  /** What the asker manages, by login: admins everybody. A constant number of statements. */
  async users(
    context: Context,
    query: UserQuery,
  ): Promise<{ readonly items: readonly User[]; readonly next: string | null }> {
    const manager = await managerOf(this.#sql.reader, context.principal);
    const size = Math.min(Math.max(Math.trunc(query.limit), 1), 1000);
    const after = query.cursor === undefined ? '' : readCursor(query.cursor);
    const q = query.q?.trim() ?? '';
    const words = searchedWords(q);
    if (q !== '' && words.length === 0) return { items: [], next: null };
    const groups = await this.#groupsOf(manager, query);
    const reader = words.length === 0 ? this.#sql.reader : this.#sql.background;
    const sought = words.length === 0 ? { words, rare: false } : await rarestFirst(reader, words, 'user');
    const filter = { byGroups: groups !== null, words: words.length, rare: sought.rare };
    const statement = queries.listUsers(filter);
    const rows = await reader.all(statement, {
      after,
      limit: size + 1,
      kindFrom: query.kind ?? '',
      kindTo: query.kind ?? '~',
      disabledFrom: query.disabled === true ? 1 : 0,
      disabledTo: query.disabled === false ? 0 : 1,
      groups: groups ?? [],
      ...rangesOf(sought.words),
    });
    const shown = rows.slice(0, size);
    const last = rows.length > size ? shown.at(-1) : undefined;
    return { items: await this.present(shown), next: last === undefined ? null : writeCursor(last.login) };
  }

  /** One user for whoever manages it. @throws not_found outside of what the asker manages */
  async managed(context: Context, id: string): Promise<User> {
    const manager = await managerOf(this.#sql.reader, context.principal);
    const user = await this.user(id);
    if (user.groupId !== null) manager.requireGroup(user.groupId);
    return user;
  }

  /** null: any */
  async #groupsOf(manager: Manager, query: UserQuery): Promise<readonly string[] | null> {
    if (query.groupId === undefined) return manager.groups === null ? null : [...manager.groups];
    manager.requireGroup(query.groupId);
    if (query.below !== true) return [query.groupId];
    return [...below(await this.#sql.reader.all(listGroups, queries.nothing), [query.groupId])];
  }

  async names(
    ids: readonly string[],
    reader: SqlReader = this.#sql.reader,
  ): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await reader.all(queries.displayNames, { ids: [...new Set(ids)] });
    return new Map(rows.map((row) => [row.id, row.display_name]));
  }

  async present(rows: readonly UserRow[]): Promise<readonly User[]> {
    if (rows.length === 0) return [];
    const blocks = await this.#attempts.blocks(rows.map((row) => row.login));
    const attributes = await this.#sql.reader.all(queries.attributesOf, { ids: rows.map((row) => row.id) });
    const ofUser = Map.groupBy(attributes, (row) => row.user_id);
    return rows.map((row) => ({
      ...presentUser(row),
      lockedUntil: blocks.get(row.login) ?? null,
      attributes: Object.fromEntries((ofUser.get(row.id) ?? []).map(({ name, value }) => [name, value])),
    }));
  }
}

function presentUser(row: UserRow): Omit<User, 'lockedUntil' | 'attributes'> {
  return {
    id: row.id,
    login: row.login,
    displayName: row.display_name,
    email: row.email,
    admin: row.admin === 1,
    disabled: row.disabled === 1,
    groupId: row.group_id,
    quota: row.quota,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
    kind: row.kind,
    locale: row.locale,
    expiresAt: row.expires_at,
    avatar: row.avatar,
    source: row.source,
    externalId: row.external_id,
  };
}

/** As the statement wants them: those that are not asked for are empty. */
function writeCursor(login: string): string {
  return Buffer.from(login).toString('base64url');
}

function readCursor(cursor: string): string {
  const login = canonicalLogin(Buffer.from(cursor, 'base64url').toString());
  if (login === '') throw new AppError('invalid_input', 'the cursor is damaged');
  return login;
}
