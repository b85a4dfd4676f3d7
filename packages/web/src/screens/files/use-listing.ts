import type { Node } from '@volvox/api';
import { useCallback, useMemo } from 'react';
import { useChildren, type Sorting } from '../../api/queries.ts';

export interface Listing {
  readonly rows: readonly Node[];
  /** Rows in all, loaded or not: the height of the list. */
  readonly total: number;
  readonly pending: boolean;
  readonly error: Error | null;
  /** Asks for more until `index` is there. */
  loadTo(index: number): void;
  loadAll(): Promise<readonly Node[]>;
  retry(): void;
}

/** A folder as one long list over cursor pages. */
export function useListing(folderId: string, sorting: Sorting, filter: string): Listing {
  const query = useChildren(folderId, sorting, filter);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const known = data?.pages[0]?.total;
  const total = hasNextPage ? Math.max(known ?? 0, rows.length + 1) : rows.length;

  const loadTo = useCallback(
    (index: number) => {
      if (index >= rows.length && hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    [rows.length, hasNextPage, isFetchingNextPage, fetchNextPage],
  );
  const loadAll = useCallback(async () => {
    let result = await fetchNextPage({ cancelRefetch: false });
    while (result.hasNextPage && !result.isError) result = await fetchNextPage({ cancelRefetch: false });
    return result.data?.pages.flatMap((page) => page.items) ?? [];
  }, [fetchNextPage]);
  const retry = useCallback(() => void refetch(), [refetch]);

  return {
    rows,
    total,
    pending: query.isPending,
    error: query.error,
    loadTo,
    loadAll: hasNextPage ? loadAll : async () => rows,
    retry,
  };
}
