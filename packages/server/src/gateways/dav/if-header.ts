import { AppError } from '../../kernel/errors.ts';

/** The If header (RFC 4918 section 10.4): its grammar and its truth, without any look at the server. */

export interface IfCondition {
  readonly not: boolean;
  readonly kind: 'token' | 'etag';
  readonly value: string;
}

/** The lists that stand behind one tag; `tag` null: about the resource of the request. */
export interface IfGroup {
  readonly tag: string | null;
  readonly lists: readonly (readonly IfCondition[])[];
}

/** What a condition is held against. `etag` null: nothing is there. */
export interface IfState {
  readonly etag: string | null;
  readonly tokens: ReadonlySet<string>;
}

const maxTags = 16;

/** @throws invalid_input */
export function parseIf(header: string): readonly IfGroup[] {
  const groups: { tag: string | null; lists: IfCondition[][] }[] = [];
  const scanner = /\s*(?:<([^<>\s]*)>|(\())/y;
  const end = header.trimEnd().length;
  let at = 0;
  while (at < end) {
    scanner.lastIndex = at;
    const match = scanner.exec(header);
    if (match === null) throw malformed();
    at = scanner.lastIndex;
    const [, tag] = match;
    if (tag !== undefined) {
      // A tag must have a list, and lists without a tag can't stand beside those with one.
      if (groups.length > 0 && (groups[0]?.tag === null || groups.at(-1)?.lists.length === 0))
        throw malformed();
      groups.push({ tag, lists: [] });
      continue;
    }
    const list = parseList(header, at);
    at = list.end;
    if (groups.length === 0) groups.push({ tag: null, lists: [] });
    groups.at(-1)?.lists.push(list.conditions);
  }
  if (groups.length === 0 || groups.length > maxTags || groups.at(-1)?.lists.length === 0) throw malformed();
  return groups;
}

function parseList(
  header: string,
  start: number,
): { readonly conditions: IfCondition[]; readonly end: number } {
  // No two runs of white space beside one another: a long one would be taken apart in all ways (32 KiB: a second).
  const scanner = /\s*(?:(\))|(?:(not)\b\s*)?(?:<([^<>\s]+)>|\[((?:W\/)?"[^"]*")\]))/iy;
  const conditions: IfCondition[] = [];
  scanner.lastIndex = start;
  for (;;) {
    const match = scanner.exec(header);
    if (match === null) throw malformed();
    const [, close, not, token, etag] = match;
    if (close !== undefined) break;
    if (token !== undefined) conditions.push({ not: not !== undefined, kind: 'token', value: token });
    else conditions.push({ not: not !== undefined, kind: 'etag', value: etag ?? '' });
  }
  if (conditions.length === 0) throw malformed();
  return { conditions, end: scanner.lastIndex };
}

function malformed(): AppError {
  return new AppError('invalid_input', 'the If header is malformed');
}

/** Lock tokens that count as submitted (section 6.5), wherever in the header they stand. */
export function submittedTokens(groups: readonly IfGroup[]): string[] {
  const tokens = new Set<string>();
  for (const group of groups) {
    for (const list of group.lists)
      for (const c of list) if (c.kind === 'token' && !c.not) tokens.add(c.value);
  }
  return [...tokens];
}

/** True if any list is: all of its conditions hold for the resource it is about. */
export function holds(groups: readonly IfGroup[], stateOf: (tag: string | null) => IfState): boolean {
  return groups.some((group) => {
    const state = stateOf(group.tag);
    return group.lists.some((list) => list.every((c) => matches(c, state) !== c.not));
  });
}

function matches(condition: IfCondition, state: IfState): boolean {
  return condition.kind === 'token' ? state.tokens.has(condition.value) : state.etag === condition.value;
}
