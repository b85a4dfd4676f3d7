/**
 * Statements that make the database itself refuse changes of tables. Triggers: they cost nothing while there are none, hold for every
 * node at once, also for one that was frozen, and making one waits for the transactions that are changing its table.
 */
import { AppError } from '../../kernel/errors.ts';
import type { Dialect, GuardedTable } from './contract.ts';

type Change = 'insert' | 'update' | 'delete';

/** By what drivers know the triggers' error: the text everywhere, on PostgreSQL the state too. */
export const guardText = 'volvox_read_only';
export const guardState = 'VX001';

const retryAfterSeconds = 30;

export function readOnlyError(cause: unknown): AppError {
  return new AppError(
    'read_only',
    'this can be read, not changed: the server is being moved to other stores, or was, or this is a backup',
    { cause, details: { retryAfter: retryAfterSeconds } },
  );
}

export function guardStatements(dialect: Dialect, tables: readonly GuardedTable[]): readonly string[] {
  const triggers = tables.flatMap((table) => [
    ...dropsOf(dialect, table.name, table.changes),
    ...table.changes.map((change) => createStatement(dialect, table, change)),
  ]);
  return dialect === 'postgres' ? [postgresFunction, ...triggers] : triggers;
}

export function unguardStatements(dialect: Dialect, tables: readonly GuardedTable[]): readonly string[] {
  return tables.flatMap((table) => dropsOf(dialect, table.name, table.changes));
}

const postgresFunction = `create or replace function volvox_read_only() returns trigger language plpgsql as
  $$ begin raise exception '${guardText}' using errcode = '${guardState}'; end $$`;

function createStatement(dialect: Dialect, { name, columns }: GuardedTable, change: Change): string {
  const head = `create trigger ${triggerName(name, change)} before ${change}`;
  if (dialect === 'mysql') {
    const same = (columns ?? []).map((column) => `new.${column} <=> old.${column}`).join(' and ');
    const refuse = `signal sqlstate '45000' set message_text = '${guardText}'`;
    const body =
      change === 'update' && columns !== undefined ? `if not (${same}) then ${refuse}; end if` : refuse;
    return `${head} on ${name} for each row ${body}`;
  }
  const of = change === 'update' && columns !== undefined ? ` of ${columns.join(', ')}` : '';
  const body =
    dialect === 'postgres'
      ? 'for each row execute function volvox_read_only()'
      : `begin select raise(abort, '${guardText}'); end`;
  return `${head}${of} on ${name} ${body}`;
}

function dropsOf(dialect: Dialect, table: string, changes: readonly Change[]): string[] {
  return changes.map(
    (change) =>
      `drop trigger if exists ${triggerName(table, change)}${dialect === 'postgres' ? ` on ${table}` : ''}`,
  );
}

function triggerName(table: string, change: Change): string {
  return `volvox_ro_${table}_${change}`;
}
