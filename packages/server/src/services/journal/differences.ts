import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../stores/config/contract.ts';

type Facts = { readonly [key: string]: Json };

/** Of two states of one thing, what differs: a record tells what was changed, not what stayed. */
export function differences(before: Facts, after: Facts): { readonly before: Facts; readonly after: Facts } {
  const names = Object.keys(after).filter((name) => !isDeepStrictEqual(before[name], after[name]));
  const of = (facts: Facts): Facts => Object.fromEntries(names.map((name) => [name, facts[name] ?? null]));
  return { before: of(before), after: of(after) };
}
