/** CSV as spreadsheets read and write it, and the fields of its cells. */
import { AppError } from '../../kernel/errors.ts';
import type { NewUser } from './api.ts';
import {
  attributeName,
  canonicalLogin,
  checkAttributes,
  checkDisplayName,
  checkEmail,
  checkEnd,
  checkLocale,
  checkLogin,
} from './input.ts';

export const columns = [
  ...['login', 'displayName', 'email', 'group', 'roles', 'admin', 'disabled', 'locale', 'expiresAt', 'quota'],
] as const;
/** Only read, never written. */
const secretColumn = 'password';
/** What they set opens accounts or gives rights (attributes do where a role goes by them): such lines need a proof, as the single calls do. */
const dangerous: readonly string[] = [secretColumn, 'admin', 'email', 'roles'];
/** `attribute:department` */
export const attributePrefix = 'attribute:';
const maxRows = 20_000;

/** By the name of the column; `fault`: what is wrong with the line as such. */
export interface Row {
  readonly cells: Readonly<Record<string, string>>;
  readonly fault: string | null;
  /** In the file, where it begins; the first is 1. */
  readonly line: number;
}

export interface Names {
  /** By path from below the root, `a/b`; '' is the root. */
  readonly groups: ReadonlyMap<string, string>;
  readonly paths: ReadonlyMap<string, string>;
  /** By label. */
  readonly roles: ReadonlyMap<string, string>;
}

export async function rowsOf(csv: string): Promise<Row[]> {
  const { parse } = await import('csv-parse/sync');
  let records: readonly Parsed[];
  try {
    // What `info` says of lines counts those inside of quotes wrong.
    records = parse(csv, {
      bom: true,
      raw: true,
      delimiter: delimiterOf(csv),
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 20_000,
    }) as unknown as Parsed[]; // the edge: what `raw` makes of it, its types do not say
  } catch (error) {
    throw new AppError('invalid_input', `this is no CSV file: ${(error as Error).message}`, { cause: error });
  }
  const [{ record: header } = { record: [] }, ...rest] = records;
  const [, ...lines] = linesOf(records);
  if (rest.length > maxRows) throw new AppError('invalid_input', `at most ${maxRows} lines at once`);
  checkHeader(header, rest.length);
  const first = new Map<string, number>();
  return rest.map(({ record: cells }, at) => {
    const line = lines[at] ?? 0;
    const row = Object.fromEntries(header.map((name, i) => [name, plain(cells[i] ?? '')]));
    const login = canonicalLogin(row['login'] ?? '');
    const before = first.get(login);
    if (login !== '' && before === undefined) first.set(login, line);
    return { cells: row, fault: faultOf(cells, header, before), line };
  });
}

/** `raw`: its text with the empty lines before it and the break after it. */
interface Parsed {
  readonly record: string[];
  readonly raw: string;
}

/** Where each begins: empty lines come before some, and quoted cells have breaks in them. */
function linesOf(records: readonly Parsed[]): readonly number[] {
  const breaks = (text: string): number => text.match(/\r\n?|\n/g)?.length ?? 0;
  let line = 1;
  return records.map(({ raw }) => {
    const begin = line + breaks(/^\s*(?=\S)/.exec(raw)?.[0] ?? '');
    line += breaks(raw);
    return begin;
  });
}

/** Excel writes what its language separates lists with: a semicolon where the comma is in numbers. */
function delimiterOf(csv: string): string {
  const first = (/^[^\r\n]*/.exec(csv)?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const count = (sign: string): number => first.split(sign).length;
  return [';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best), ',');
}

function checkHeader(header: readonly string[], rows: number): void {
  if (rows === 0 || !header.includes('login'))
    throw new AppError('invalid_input', 'the first line names the columns, "login" among them');
  const known = new Set<string>([...columns, secretColumn]);
  const isAttribute = (name: string): boolean =>
    name.startsWith(attributePrefix) && attributeName.test(name.slice(attributePrefix.length));
  const unknown = header.filter((name) => !known.has(name) && !isAttribute(name));
  if (unknown.length > 0) throw new AppError('invalid_input', `unknown columns: ${unknown.join(', ')}`);
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) throw new AppError('invalid_input', `the column "${twice}" is there twice`);
}

/** Empty cells beyond the last column are what spreadsheets leave behind. */
function faultOf(
  cells: readonly string[],
  header: readonly string[],
  before: number | undefined,
): string | null {
  if (cells.slice(header.length).some((cell) => cell !== ''))
    return `the line has ${cells.length} cells, for ${header.length} columns`;
  if (cells.length < header.length) return `the line has ${cells.length} cells, for ${header.length} columns`;
  return before === undefined ? null : `this login is in line ${before} already`;
}

export function isDangerous({ cells }: Row): boolean {
  return Object.entries(cells).some(
    ([name, cell]) => cell !== '' && (dangerous.includes(name) || name.startsWith(attributePrefix)),
  );
}

export type Fields = NewUser & { readonly roles: readonly string[]; readonly disabled?: boolean };

/** @throws invalid_input, not_found */
export function fieldsOf({ cells: row, fault }: Row, names: Names): Fields {
  if (fault !== null) throw new AppError('invalid_input', fault);
  const login = checkLogin(row['login'] ?? '');
  const group = row['group'] ?? '';
  const groupId = names.groups.get(group);
  if (groupId === undefined) throw new AppError('not_found', `there is no group "${group}"`);
  const labels = (row['roles'] ?? '').split(';').map((label) => label.trim());
  const roles = labels.filter((label) => label !== '').map((label) => roleOf(label, names));
  const { displayName, email, locale, expiresAt, quota } = row;
  const admin = flagOf(row['admin']);
  const disabled = flagOf(row['disabled']);
  const attributes = attributesOf(row);
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
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

/** Empty cells leave what is there. */
function attributesOf(row: Row['cells']): Readonly<Record<string, string>> {
  const given = Object.entries(row).filter(([name, cell]) => name.startsWith(attributePrefix) && cell !== '');
  return checkAttributes(
    Object.fromEntries(given.map(([name, cell]) => [name.slice(attributePrefix.length), cell])),
  );
}

const formula = /^[=+\-@\t\r]/;

/** Spreadsheets run what begins like a formula: such cells begin with an apostrophe. */
export function cellOf(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  const safe = typeof value === 'string' && formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Takes the apostrophe off again. */
function plain(cell: string): string {
  return cell.startsWith("'") && formula.test(cell.slice(1)) ? cell.slice(1) : cell;
}

function roleOf(label: string, names: Names): string {
  const id = names.roles.get(label);
  if (id === undefined) throw new AppError('not_found', `there is no role "${label}"`);
  return id;
}

/** Spreadsheets write true and false in their own language. */
function flagOf(cell: string | undefined): boolean | undefined {
  if (cell === undefined || cell === '') return undefined;
  if (/^(true|yes|1|wahr|ja|vrai|oui)$/i.test(cell)) return true;
  if (/^(false|no|0|falsch|nein|faux|non)$/i.test(cell)) return false;
  throw new AppError('invalid_input', `"${cell}" is neither true nor false`);
}

function timeOf(cell: string): number {
  const time = Date.parse(cell);
  if (Number.isNaN(time)) throw new AppError('invalid_input', `"${cell}" is no date as 2027-12-31`);
  return time;
}

export function isoOf(time: number | null): string {
  return time === null ? '' : new Date(time).toISOString();
}

function bytesOf(cell: string): number {
  if (!/^\d{1,15}$/.test(cell)) throw new AppError('invalid_input', `"${cell}" is no number of bytes`);
  return Number(cell);
}
