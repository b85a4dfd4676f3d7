import { AppError } from '../../../kernel/errors.ts';

/** A place in an order of two numbers, newest first, within a stage (search: how well a hit fits). */
export interface Place {
  readonly stage: number;
  readonly first: number;
  readonly rowid: number;
}

/** Before everything. */
export const start: Place = { stage: 0, first: Number.MAX_SAFE_INTEGER, rowid: Number.MAX_SAFE_INTEGER };

export function writeCursor(place: Place): string {
  return Buffer.from(`${place.stage}.${place.first}.${place.rowid}`).toString('base64url');
}

/** @throws invalid_input */
export function readCursor(cursor: string | undefined): Place {
  if (cursor === undefined) return start;
  const match = /^(\d)\.(-?\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw new AppError('invalid_input', 'not a cursor of this list');
  return { stage: Number(match[1]), first: Number(match[2]), rowid: Number(match[3]) };
}
