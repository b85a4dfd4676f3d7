/**
 * Of `useInfiniteQuery`: a list that the server gives page by page.
 * @param read one page; `at` goes into the query of its request
 */
export function byPages<Page extends { readonly next: string | null }>(
  read: (at: { readonly cursor?: string }, signal: AbortSignal) => Promise<Page>,
) {
  return {
    initialPageParam: '',
    queryFn: ({ pageParam, signal }: { readonly pageParam: string; readonly signal: AbortSignal }) =>
      read(pageParam === '' ? {} : { cursor: pageParam }, signal),
    getNextPageParam: (page: Page) => page.next,
  };
}
