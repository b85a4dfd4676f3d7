import { AppError } from '../../../kernel/errors.ts';
import type { CompiledQuery, SqlParameters, SqlValue } from '../contract.ts';
import type { Engine } from './engine.ts';

/** The values of a statement by position. @throws invalid_input for a number that a 64-bit integer column can't give back exactly */
export function bind(engine: Engine, slots: CompiledQuery['slots'], parameters: SqlParameters): unknown[] {
  const values = new Array<unknown>(slots.length);
  for (const [i, slot] of slots.entries())
    values[i] =
      'value' in slot ? constant(slot.value) : parameter(engine, slot.name, parameters[slot.name], slot.list);
  return values;
}

function parameter(engine: Engine, name: string, value: SqlValue | undefined, list: boolean): unknown {
  if (typeof value === 'string' || value === null) return value;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))) return value;
    throw new AppError('invalid_input', `parameter "${name}" is beyond 2^53`);
  }
  if (value instanceof Uint8Array) return value;
  if (list && isList(value)) return engine.list(value);
  throw new AppError('internal', `parameter "${name}" is missing or of a wrong type`);
}

function isList(value: unknown): value is readonly string[] | readonly number[] {
  return Array.isArray(value);
}

function constant(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array)
    return value;
  if (typeof value === 'bigint') return String(value);
  throw new AppError('internal', 'a constant of the statement is of a wrong type');
}

/** For the drivers' decoding of 64-bit integers and decimals. @throws internal rather than round */
export function exactNumber(text: string, column: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new AppError('internal', `column "${column}" holds a number beyond 2^53`);
  return value;
}
