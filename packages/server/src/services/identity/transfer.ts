/** Users in and out as CSV: one line a user, found by login. Lines that fail leave the others alone. */
import type { ImportLine, User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { NewUser } from './api.ts';
import { requireAdmin } from './authority.ts';
import type { Directory } from './directory.ts';
import type { Proofs } from './factors/proofs.ts';
import { listGroups } from './group-queries.ts';
import { checkDisplayName, checkEmail, checkEnd, checkLocale, checkLogin } from './input.ts';
import { labelsOfSubjects, listRoles } from './role-queries.ts';
import type { Roles } from './roles.ts';
import type { GroupRow } from './tables.ts';
import { nothing, usersOf } from './user-queries.ts';
import type { Users } from './users.ts';

export interface TransferDeps {
  readonly sql: SqlStore;
  readonly users: Users;
  readonly directory: Directory;
  readonly roles: Roles;
  readonly proofs: Pick<Proofs, 'require'>;
}

const columns = [
  ...['login', 'displayName', 'email', 'group', 'roles', 'admin', 'disabled', 'locale', 'expiresAt', 'quota'],
] as const;
/** Only read, never written. */
const secretColumn = 'password';
/** What they set opens accounts or gives rights: such lines need a proof, as the single calls do. */
const dangerous = [secretColumn, 'admin', 'email', 'roles'] as const;
const maxRows = 20_000;

type Row = Readonly<Record<string, string>>;

interface Names {
  /** By path from below the root, `a/b`; '' is the root. */
  readonly groups: ReadonlyMap<string, string>;
  readonly paths: ReadonlyMap<string, string>;
  /** By label. */
  readonly roles: ReadonlyMap<string, string>;
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
    yield `${columns.join(',')}\r\n`;
    for await (const users of ids === undefined ? this.#everybody(context) : this.#these(ids)) {
      const labels = await this.#labelsOf(users.map((user) => user.id));
      yield users
        .map((user) => [
          ...[user.login, user.displayName, user.email, names.paths.get(user.groupId ?? '') ?? ''],
          ...[(labels.get(user.id) ?? []).join(';'), user.admin, user.disabled, user.locale],
          ...[isoOf(user.expiresAt), user.quota],
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
    if (!input.dryRun && rows.some((row) => dangerous.some((column) => row[column])))
      await this.#deps.proofs.require(context);
    const names = await this.#names();
    const end = Math.min(rows.length, input.offset + input.limit);
    const lines: ImportLine[] = [];
    for (let at = input.offset; at < end; at++) {
      context.signal.throwIfAborted();
      lines.push(await this.#line(context, rows[at] ?? {}, at, names, input.dryRun));
    }
    return { total: rows.length, next: end < rows.length ? end : null, lines };
  }

  async #line(context: Context, row: Row, at: number, names: Names, dryRun: boolean): Promise<ImportLine> {
    const login = row['login'] ?? '';
    const line = at + 2; // the header is line 1
    try {
      const user = fieldsOf(row, names);
      const known = await this.#deps.directory.userByLogin(user.login);
      if (dryRun) this.#deps.users.checkPassword(user);
      else await this.#write(context, user, known?.id ?? null);
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
    knownId: string | null,
  ): Promise<void> {
    const { roles, users } = this.#deps;
    const { login, password, ...change } = user;
    const id =
      knownId === null
        ? (await users.create(context, { ...user, password: password ?? null })).id
        : (await users.update(context, knownId, { ...change, ...(password ? { password } : {}) })).id;
    if (disabled !== undefined) await users.update(context, id, { disabled });
    for (const role of labels)
      await roles.assign(context, role, { subjectId: id, kind: 'user', expiresAt: null });
  }

  /** Roles that users were given themselves. */
  async #labelsOf(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    if (ids.length === 0) return new Map();
    const rows = Map.groupBy(
      await this.#deps.sql.reader.all(labelsOfSubjects, { ids }),
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

type Fields = NewUser & { readonly roles: readonly string[]; readonly disabled?: boolean };

function fieldsOf(row: Row, names: Names): Fields {
  const login = checkLogin(row['login'] ?? '');
  const group = row['group'] ?? '';
  const groupId = names.groups.get(group);
  if (groupId === undefined) throw new AppError('not_found', `there is no group "${group}"`);
  const labels = (row['roles'] ?? '').split(';').map((label) => label.trim());
  const roles = labels.filter((label) => label !== '').map((label) => roleOf(label, names));
  const { displayName, email, locale, expiresAt, quota } = row;
  const admin = flagOf(row['admin']);
  const disabled = flagOf(row['disabled']);
  return {
    login,
    roles,
    password: row[secretColumn] || null,
    ...(displayName ? { displayName: checkDisplayName(displayName, login) } : {}),
    ...(email ? { email: checkEmail(email) } : {}),
    ...(group === '' ? {} : { groupId }),
    ...(locale ? { locale: checkLocale(locale) } : {}),
    ...(expiresAt ? { expiresAt: checkEnd(timeOf(expiresAt), admin === true) } : {}),
    ...(quota ? { quota: bytesOf(quota) } : {}),
    ...(admin === undefined ? {} : { admin }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

async function rowsOf(csv: string): Promise<Row[]> {
  const { parse } = await import('csv-parse/sync');
  let rows: Row[];
  try {
    rows = parse(csv, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 20_000,
    });
  } catch (error) {
    throw new AppError('invalid_input', `this is no CSV file: ${(error as Error).message}`, { cause: error });
  }
  if (rows.length > maxRows) throw new AppError('invalid_input', `at most ${maxRows} lines at once`);
  const known = new Set<string>([...columns, secretColumn]);
  const unknown = Object.keys(rows[0] ?? {}).filter((name) => !known.has(name));
  if (rows.length === 0 || !('login' in (rows[0] ?? {})))
    throw new AppError('invalid_input', 'the first line names the columns, "login" among them');
  if (unknown.length > 0) throw new AppError('invalid_input', `unknown columns: ${unknown.join(', ')}`);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, cell]) => [key, plain(cell)])));
}

const formula = /^[=+\-@\t\r]/;

/** Spreadsheets run what begins like a formula: such cells begin with an apostrophe. */
function cellOf(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  const safe = typeof value === 'string' && formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Takes the apostrophe off again. */
function plain(cell: string): string {
  return cell.startsWith("'") && formula.test(cell.slice(1)) ? cell.slice(1) : cell;
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

function roleOf(label: string, names: Names): string {
  const id = names.roles.get(label);
  if (id === undefined) throw new AppError('not_found', `there is no role "${label}"`);
  return id;
}

function flagOf(cell: string | undefined): boolean | undefined {
  if (cell === undefined || cell === '') return undefined;
  if (/^(true|yes|1)$/i.test(cell)) return true;
  if (/^(false|no|0)$/i.test(cell)) return false;
  throw new AppError('invalid_input', `"${cell}" is neither true nor false`);
}

function timeOf(cell: string): number {
  const time = Date.parse(cell);
  if (Number.isNaN(time)) throw new AppError('invalid_input', `"${cell}" is no date as 2027-12-31`);
  return time;
}

function isoOf(time: number | null): string {
  return time === null ? '' : new Date(time).toISOString();
}

function bytesOf(cell: string): number {
  if (!/^\d{1,15}$/.test(cell)) throw new AppError('invalid_input', `"${cell}" is no number of bytes`);
  return Number(cell);
}
