/** Users in and out as CSV: one line a user, found by login. Lines that fail leave the others alone. */
import type { ImportLine, User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { requireAdmin } from './authority.ts';
import type { Directory } from './directory.ts';
import type { Proofs } from './factors/proofs.ts';
import { listGroups } from './group-queries.ts';
import { labelsOfSubjects, listRoles } from './role-queries.ts';
import type { Roles } from './roles.ts';
import type { GroupRow } from './tables.ts';
import {
  attributePrefix,
  cellOf,
  columns,
  fieldsOf,
  isDangerous,
  isoOf,
  rowsOf,
  type Fields,
  type Names,
  type Row,
} from './transfer-lines.ts';
import { attributeNames, nothing, usersOf } from './user-queries.ts';
import type { Users } from './users.ts';

export interface TransferDeps {
  readonly sql: SqlStore;
  readonly users: Users;
  readonly directory: Directory;
  readonly roles: Roles;
  readonly proofs: Pick<Proofs, 'require'>;
}

export class Transfer {
  readonly #deps: TransferDeps;

  constructor(deps: TransferDeps) {
    this.#deps = deps;
  }

  /** Lines with their ends, the header first; a page of users at a time. Guests are left out: an import would make persons of them. */
  async *export(context: Context, ids?: readonly string[]): AsyncIterable<string> {
    requireAdmin(context.principal);
    const names = await this.#names();
    const attributes = (await this.#deps.sql.reader.all(attributeNames, nothing)).map((row) => row.name);
    yield `${[...columns, ...attributes.map((name) => attributePrefix + name)].join(',')}\r\n`;
    for await (const users of ids === undefined ? this.#everybody(context) : this.#these(ids)) {
      const labels = await this.#labelsOf(users.map((user) => user.id));
      yield users
        .map((user) => [
          ...[user.login, user.displayName, user.email, names.paths.get(user.groupId ?? '') ?? ''],
          ...[(labels.get(user.id) ?? []).join(';'), user.admin, user.disabled, user.locale],
          ...[isoOf(user.expiresAt), user.quota],
          ...attributes.map((name) => user.attributes[name] ?? ''),
        ])
        .map((cells) => `${cells.map(cellOf).join(',')}\r\n`)
        .join('');
    }
  }

  async *#everybody(context: Context): AsyncIterable<readonly User[]> {
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = { limit: 500, kind: 'person' as const, ...(cursor ? { cursor } : {}) };
      const page = await this.#deps.directory.users(context, query);
      yield page.items;
      cursor = page.next;
    }
  }

  async *#these(ids: readonly string[]): AsyncIterable<readonly User[]> {
    const { directory, sql } = this.#deps;
    const rows = await sql.reader.all(usersOf, { ids });
    yield await directory.present(rows.filter((row) => row.kind === 'person'));
  }

  /**
   * Some lines from `offset` on; call again with `next`. New logins are made, known ones changed where a cell is not empty; roles are added.
   * @throws invalid_input if this is no such file
   */
  async import(
    context: Context,
    input: {
      readonly csv: string;
      readonly dryRun: boolean;
      readonly offset: number;
      readonly limit: number;
    },
  ): Promise<{
    readonly total: number;
    readonly next: number | null;
    readonly lines: readonly ImportLine[];
  }> {
    requireAdmin(context.principal);
    const rows = await rowsOf(input.csv);
    if (!input.dryRun && rows.some(isDangerous)) await this.#deps.proofs.require(context);
    const names = await this.#names();
    const end = Math.min(rows.length, input.offset + input.limit);
    const lines: ImportLine[] = [];
    for (let at = input.offset; at < end; at++) {
      context.signal.throwIfAborted();
      const row = rows[at];
      if (row !== undefined) lines.push(await this.#line(context, row, names, input.dryRun));
    }
    return { total: rows.length, next: end < rows.length ? end : null, lines };
  }

  async #line(context: Context, row: Row, names: Names, dryRun: boolean): Promise<ImportLine> {
    const login = row.cells['login'] ?? '';
    const { line } = row;
    try {
      const user = fieldsOf(row, names);
      const known = await this.#deps.directory.userByLogin(user.login);
      if (known !== null && (await this.#isAsItIs(user, known, names)))
        return { line, login, outcome: 'unchanged', problem: null };
      if (dryRun) this.#deps.users.checkPassword(user);
      else await this.#write(context, user, known);
      return { line, login, outcome: known === null ? 'created' : 'changed', problem: null };
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'internal' || error.code === 'unavailable')
        throw error;
      return { line, login, outcome: 'failed', problem: error.message };
    }
  }

  async #write(
    context: Context,
    { roles: labels, disabled, ...user }: Fields,
    known: User | null,
  ): Promise<void> {
    const { roles, users } = this.#deps;
    const { login, password, attributes, ...change } = user;
    const all = attributes === undefined ? {} : { attributes: { ...known?.attributes, ...attributes } };
    const id =
      known === null
        ? (await users.create(context, user)).id
        : (await users.update(context, known.id, { ...change, ...all, ...(password ? { password } : {}) }))
            .id;
    if (disabled !== undefined) await users.update(context, id, { disabled });
    for (const role of labels)
      await roles.assign(context, role, { subjectId: id, kind: 'user', expiresAt: null });
  }

  /** Whether the line says nothing that is not so. A password always does: only its owner knows whether it is the same. */
  async #isAsItIs(
    { login: _login, password, attributes = {}, roles, ...fields }: Fields,
    known: User,
    names: Names,
  ): Promise<boolean> {
    if (password) return false;
    const has = new Map<string, unknown>(Object.entries(known));
    if (Object.entries(fields).some(([name, value]) => has.get(name) !== value)) return false;
    if (Object.entries(attributes).some(([name, value]) => known.attributes[name] !== value)) return false;
    if (roles.length === 0) return true;
    const lasting = new Set((await this.#labelsOf([known.id], true)).get(known.id));
    return roles.every((id) => [...names.roles].some(([label, role]) => role === id && lasting.has(label)));
  }

  /** Roles that users were given themselves; `lasting`: those without an end, as lines give them. */
  async #labelsOf(ids: readonly string[], lasting = false): Promise<ReadonlyMap<string, readonly string[]>> {
    if (ids.length === 0) return new Map();
    const given = await this.#deps.sql.reader.all(labelsOfSubjects, { ids });
    const rows = Map.groupBy(
      given.filter((row) => !lasting || row.expires_at === null),
      (row) => row.subject_id,
    );
    return new Map([...rows].map(([id, given]) => [id, given.map((row) => row.label)]));
  }

  async #names(): Promise<Names> {
    const { reader } = this.#deps.sql;
    const paths = pathsOf(await reader.all(listGroups, nothing));
    const roles = await reader.all(listRoles, nothing);
    return {
      paths,
      groups: new Map([...paths].map(([id, path]) => [path, id])),
      roles: new Map(roles.map((role) => [role.label, role.role_id])),
    };
  }
}

function pathsOf(groups: readonly GroupRow[]): Map<string, string> {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const pathOf = (group: GroupRow): string => {
    const parent = byId.get(group.parent_id ?? '');
    if (parent === undefined) return '';
    const above = pathOf(parent);
    return above === '' ? group.name : `${above}/${group.name}`;
  };
  return new Map(groups.map((group) => [group.id, pathOf(group)]));
}
