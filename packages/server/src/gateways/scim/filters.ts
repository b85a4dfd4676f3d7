/** Filters of RFC 7644 section 3.4.2.2, over resources as they are shown. */
import { filter, parse, type Filter } from 'scim2-parse-filter';
import { isObject, ScimError, type Json } from './wire.ts';

/** Longer ones are no filter of a person or program that means well. */
const maxLength = 2000;

export interface Wanted {
  matches(resource: Json): boolean;
  /** Where the filter is nothing but `attribute eq "text"`: a look-up is enough. */
  readonly exactly: { readonly attribute: string; readonly value: string } | null;
}

export const everything: Wanted = { matches: () => true, exactly: null };

export function wantedBy(text: string | null): Wanted {
  if (text === null || text.trim() === '') return everything;
  if (text.length > maxLength) throw new ScimError(400, 'invalidFilter', 'the filter is too long');
  let parsed: Filter;
  try {
    parsed = parse(text);
  } catch (error) {
    throw new ScimError(400, 'invalidFilter', 'the filter is not well-formed', { cause: error });
  }
  const test = filter(caselessFilter(parsed));
  const exactly =
    parsed.op === 'eq' && typeof parsed.compValue === 'string'
      ? { attribute: parsed.attrPath.toLowerCase(), value: parsed.compValue }
      : null;
  return { matches: (resource) => test(caseless(resource)), exactly };
}

/** None of our texts are case-exact (RFC 7643 section 2.2); the library compares as it finds. */
function caseless(value: unknown): unknown {
  if (typeof value === 'string') return value.toLowerCase();
  if (Array.isArray(value)) return value.map(caseless);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toLowerCase(), caseless(each)]));
}

function caselessFilter(parsed: Filter): Filter {
  switch (parsed.op) {
    case 'and':
    case 'or':
      return { ...parsed, filters: parsed.filters.map(caselessFilter) };
    case 'not':
      return { ...parsed, filter: caselessFilter(parsed.filter) };
    case '[]':
      return {
        ...parsed,
        attrPath: parsed.attrPath.toLowerCase(),
        valFilter: caselessFilter(parsed.valFilter),
      };
    case 'pr':
      return { ...parsed, attrPath: parsed.attrPath.toLowerCase() };
    default: {
      const { compValue } = parsed;
      return {
        ...parsed,
        attrPath: parsed.attrPath.toLowerCase(),
        compValue: typeof compValue === 'string' ? compValue.toLowerCase() : compValue,
      };
    }
  }
}
