import { AppError } from '../../kernel/errors.ts';

/** An opaque place in a list. `kind` keeps the cursor of one list from being used on another. */
export function encodeCursor(kind: string, values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([kind, ...values])).toString('base64url');
}

/** @throws invalid_input unless `encodeCursor` made it with the same kind and types: 's' text, 'n' number */
export function decodeCursor(kind: string, types: string, cursor: string): readonly (string | number)[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw badCursor();
  }
  if (!Array.isArray(parsed) || parsed[0] !== kind || parsed.length !== types.length + 1) throw badCursor();
  return parsed.slice(1).map((value: unknown, i) => {
    if (types[i] === 's' && typeof value === 'string') return value;
    if (types[i] === 'n' && typeof value === 'number') return value;
    throw badCursor();
  });
}

function badCursor(): AppError {
  return new AppError('invalid_input', 'the cursor does not belong to this list', {
    details: { reason: 'cursor' },
  });
}
