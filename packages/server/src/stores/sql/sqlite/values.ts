import { AppError } from '../../../kernel/errors.ts';
import type { SqlParameters, SqlValue } from '../contract.ts';
import type { CompiledQuery } from '../query.ts';
import type { NativeValue, Row } from '../../clients/sqlite/native.ts';

/** A parameter of a statement: where its value comes from. */
export type Slot = CompiledQuery['slots'][number];

export function bind(slots: readonly Slot[], parameters: SqlParameters): NativeValue[] {
  const values: NativeValue[] = [];
  for (const slot of slots) {
    if ('value' in slot) values.push(bindConstant(slot.value));
    else values.push(bindValue(slot.name, parameters[slot.name], slot.list));
  }
  return values;
}

/**
 * Integers are bound as such (better-sqlite3 binds every JS number as a floating one, which changes what `/` means).
 * @throws invalid_input for a number that JS can't hold exactly
 */
function bindValue(name: string, value: SqlValue | undefined, list: boolean): NativeValue {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value);
    if (Number.isInteger(value) || !Number.isFinite(value))
      throw new AppError('invalid_input', `parameter "${name}" is beyond 2^53`);
    return value;
  }
  if (value === null || value instanceof Uint8Array) return value;
  if (list && Array.isArray(value)) return JSON.stringify(value);
  throw new AppError('internal', `parameter "${name}" is missing or of a wrong type`);
}

function bindConstant(value: unknown): NativeValue {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value === 'string' || typeof value === 'bigint' || value instanceof Uint8Array)
    return value;
  throw new AppError('internal', 'a constant of the statement is of a wrong type');
}

export function checkRows(rows: Row[]): Row[] {
  for (const row of rows) checkRow(row);
  return rows;
}

/** better-sqlite3 gives integers as JS numbers; one that may have been rounded on the way must not pass. */
export function checkRow(row: Row): void {
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'number' && (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)) {
      throw new AppError('internal', `column "${column}" holds a number beyond 2^53`);
    }
  }
}
