import type { Node } from '@volvox/api';
import { useCallback, useMemo, useState } from 'react';
import { readChildren, useChildren, type Sorting } from '../../api/queries.ts';
import { layOut } from './lay-out.ts';

export interface Listing {
  /** Every row of the folder in its place; undefined where it is not loaded. */
  readonly slots: readonly (Node | undefined)[];
  /** The loaded ones. */
  readonly rows: readonly Node[];
  readonly pending: boolean;
  readonly error: Error | null;
  /** Asks for more, from the nearer end, until these slots are filled. */
  loadRange(first: number, last: number): void;
  /** Loads every row into its slot. */
  loadAll(): Promise<readonly Node[]>;
  /** Reads every row as it is now, without keeping it. */
  readAll(): Promise<readonly Node[]>;
  /** The last row; asks for the other end of the folder first if need be. */
  loadLast(): Promise<Node | undefined>;
  retry(): void;
}

/** A folder as one long list over cursor pages from its beginning and, once wanted, from its end. */
export function useListing(folderId: string, sorting: Sorting, filter: string): Listing {
  const key = `${sorting.sort} ${sorting.order} ${filter}`;
  const [tailOf, setTailOf] = useState<string | null>(null);
  const head = useChildren(folderId, sorting, filter);
  const reversed: Sorting = { sort: sorting.sort, order: sorting.order === 'asc' ? 'desc' : 'asc' };
  // folders come first in either order: files are what stands at the end
  const tail = useChildren(folderId, reversed, filter, { kind: 'file', enabled: tailOf === key });

  const begin = useMemo(() => head.data?.pages.flatMap((page) => page.items) ?? [], [head.data]);
  const known = head.data?.pages[0]?.total;
  const total = head.hasNextPage ? Math.max(known ?? 0, begin.length + 1) : begin.length;
  const partly = head.hasNextPage && tailOf === key;
  const slots = useMemo(
    () => layOut(begin, partly ? (tail.data?.pages.flatMap((page) => page.items) ?? []) : [], total),
    [begin, partly, tail.data, total],
  );
  const rows = useMemo(() => slots.filter((node) => node !== undefined), [slots]);

  const loadRange = (first: number, last: number) => {
    const missing = slots.indexOf(undefined, first);
    if (missing < 0 || missing > last) return;
    const nearer = missing - begin.length <= slots.lastIndexOf(undefined) - last ? head : tail;
    const from = partly && nearer.hasNextPage ? nearer : head;
    if (from.hasNextPage && !from.isFetchingNextPage) void from.fetchNextPage();
  };
  const loadAll = async () => {
    if (!head.hasNextPage) return begin;
    let result = await head.fetchNextPage({ cancelRefetch: false });
    while (result.hasNextPage && !result.isError) result = await head.fetchNextPage({ cancelRefetch: false });
    return result.data?.pages.flatMap((page) => page.items) ?? [];
  };
  const loadLast = async () => {
    if (!slots.includes(undefined)) return slots.at(-1);
    if (known === undefined) return (await loadAll()).at(-1);
    setTailOf(key);
    const end = await tail.refetch({ cancelRefetch: false });
    return end.data?.pages[0]?.items[0] ?? (await loadAll()).at(-1);
  };
  const { refetch } = head;
  const retry = useCallback(() => void refetch(), [refetch]);

  return {
    slots,
    rows,
    pending: head.isPending,
    error: head.error,
    loadRange,
    loadAll,
    readAll: () => (head.hasNextPage ? readChildren(folderId, sorting, filter) : Promise.resolve(begin)),
    loadLast,
    retry,
  };
}
