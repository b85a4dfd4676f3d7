/** Where an entry stands in its list: one text that sorts by time, then by what is unique. Pages go on below the last one's place. */
import { AppError } from '../../../kernel/errors.ts';

const digits = 11;
/** Lifts the numbers over zero; with it they still are exact, and have eleven digits of base 36 at most. */
const lift = 2 ** 52;

export function placeOf(at: number, unique: string): string {
  return digitsOf(Math.floor(at)) + unique;
}

function digitsOf(at: number): string {
  return (Math.max(-lift, Math.min(lift, at)) + lift).toString(36).padStart(digits, '0');
}

export interface PlaceRange {
  readonly $gte?: string;
  readonly $lt?: string;
}

/** Later than `after` and earlier than `before`, both left out, and below `below`; undefined where nothing is asked. */
export function placesBetween(
  after: number | undefined,
  before: number | undefined,
  below: string | null,
): PlaceRange | undefined {
  const tops = [
    ...(before === undefined ? [] : [digitsOf(Math.ceil(before))]),
    ...(below === null ? [] : [below]),
  ];
  const lowest = tops.sort()[0];
  if (after === undefined && lowest === undefined) return undefined;
  return {
    ...(after === undefined ? {} : { $gte: digitsOf(Math.floor(after) + 1) }),
    ...(lowest === undefined ? {} : { $lt: lowest }),
  };
}

/** A place within a stage (search: how well a hit fits). `place: null` is before everything. */
export interface Mark {
  readonly stage: number;
  readonly place: string | null;
}

export function writeCursor(stage: number, place: string): string {
  return Buffer.from(`${stage}.${place}`).toString('base64url');
}

/** @throws invalid_input */
export function readCursor(cursor: string | undefined): Mark {
  if (cursor === undefined) return { stage: 0, place: null };
  const match = /^([0-2])\.([0-9a-z]{11}.*)$/s.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw new AppError('invalid_input', 'not a cursor of this list');
  return { stage: Number(match[1]), place: match[2] ?? null };
}

const mostPerPage = 1000;

export function boundedLimit(limit: number): number {
  return Math.max(1, Math.min(Math.floor(limit), mostPerPage));
}
