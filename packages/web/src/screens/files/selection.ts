/** Which rows are chosen: a pure model of click, ctrl-click, shift-click and arrows. Ids, not positions, so that it survives sorting and live changes. */
export interface Selection {
  /** Whether `ids` are the rows that are not chosen: "all but these", for folders that are not loaded whole. */
  readonly all: boolean;
  readonly ids: ReadonlySet<string>;
  /** Where a range starts. */
  readonly anchor: string | null;
  /** Where the keyboard stands. */
  readonly cursor: string | null;
}
export const noSelection: Selection = { all: false, ids: new Set(), anchor: null, cursor: null };

export const isChosen = ({ all, ids }: Selection, id: string): boolean => all !== ids.has(id);

export const countChosen = ({ all, ids }: Selection, total: number): number =>
  all ? Math.max(0, total - ids.size) : ids.size;

export function pick(id: string): Selection {
  return { all: false, ids: new Set([id]), anchor: id, cursor: id };
}

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { all: selection.all, ids, anchor: id, cursor: id };
}

/** From the anchor to `id`, replacing what was chosen. */
export function extend(selection: Selection, id: string, order: readonly string[]): Selection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return pick(id);
  return {
    all: false,
    ids: new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1)),
    anchor: selection.anchor,
    cursor: id,
  };
}

/** Rows that are not loaded stand as '' in `order`. */
export function selectAll(selection: Selection, order: readonly string[]): Selection {
  const whole = !order.includes('');
  const ids = new Set(whole ? order : []);
  return { all: !whole, ids, anchor: order[0] ?? null, cursor: selection.cursor ?? order[0] ?? null };
}

export function invert(selection: Selection, order: readonly string[]): Selection {
  if (selection.all || order.includes('')) return { ...selection, all: !selection.all };
  return { ...selection, ids: new Set(order.filter((id) => !selection.ids.has(id))) };
}

/** Keeps the cursor, so that the arrows go on from there. */
export function clear(selection: Selection): Selection {
  return { ...noSelection, cursor: selection.cursor };
}

/**
 * Drops what is no longer there; the same object if nothing was. A cursor whose row went (deleted, moved) stands on the row
 * that took its place in `before`, so that the keyboard goes on from there.
 */
export function prune(
  selection: Selection,
  order: readonly string[],
  before: readonly string[] = order,
): Selection {
  const there = new Set(order);
  const { anchor, cursor } = selection;
  // an exception that is out of sight stays one: forgetting it would choose it
  const lost = !selection.all && [...selection.ids].some((id) => !there.has(id));
  if (!lost && (cursor === null || there.has(cursor))) return selection;
  const ids = lost ? new Set([...selection.ids].filter((id) => there.has(id))) : selection.ids;
  const next = cursor === null || there.has(cursor) ? cursor : neighbour(before, cursor, there);
  return {
    all: selection.all,
    ids,
    anchor: anchor !== null && there.has(anchor) ? anchor : next,
    cursor: next,
  };
}

function neighbour(before: readonly string[], gone: string, there: ReadonlySet<string>): string | null {
  const at = before.indexOf(gone);
  if (at < 0) return null;
  return (
    before.slice(at).find((id) => there.has(id)) ??
    before.slice(0, at).findLast((id) => there.has(id)) ??
    null
  );
}

/** The arrows: `delta` rows on, stopping at the ends; with `shift` the range grows. */
export function step(
  selection: Selection,
  order: readonly string[],
  delta: number,
  shift: boolean,
): Selection {
  if (order.length === 0) return selection;
  const at = selection.cursor === null ? -1 : order.indexOf(selection.cursor);
  const start = at < 0 ? (delta > 0 ? -1 : order.length) : at;
  const id = order[Math.max(0, Math.min(order.length - 1, start + delta))];
  if (!id) return selection;
  return shift
    ? extend(selection.anchor === null ? pick(selection.cursor ?? id) : selection, id, order)
    : pick(id);
}

const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Type-ahead: the next name that begins so, round the end; a repeated single letter walks on. */
export function findByPrefix(names: readonly string[], from: number, typed: string): number {
  const wanted = folded(/^(.)\1+$/u.test(typed) ? (typed[0] ?? '') : typed);
  const first = typed.length === 1 || wanted.length < typed.length ? 1 : 0;
  for (let index = 0; index < names.length; index++) {
    const at = (from + first + index + names.length) % names.length;
    if (folded(names[at] ?? '').startsWith(wanted)) return at;
  }
  return -1;
}
