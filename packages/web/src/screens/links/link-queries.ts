import { useInfiniteQuery } from '@tanstack/react-query';
import type { LinkState } from '@volvox/api';
import { client } from '../../api/client.ts';
import { byPages } from '../../api/pages.ts';
import { queryClient } from '../../api/query-client.ts';

export interface LinkFilter {
  readonly all: boolean;
  readonly nodeId?: string;
  readonly q?: string;
  /** Of the list of everybody's. */
  readonly ownerId?: string;
  readonly kind?: 'link' | 'request';
  readonly state?: LinkState;
}

const key = ['links'] as const;

export function useLinks({ all, ...filter }: LinkFilter) {
  return useInfiniteQuery({
    queryKey: [...key, all, filter],
    ...byPages((at, signal) =>
      client.call(all ? 'listAllLinks' : 'listLinks', {
        query: { ...filter, limit: 50, ...at },
        signal,
      }),
    ),
  });
}

/** Of anybody, that lead to a node. */
export function useLinksHere(nodeId: string) {
  return useInfiniteQuery({
    queryKey: [...key, 'here', nodeId],
    ...byPages((at, signal) =>
      client.call('listLinksHere', {
        params: { id: nodeId },
        query: { limit: 50, ...at },
        signal,
      }),
    ),
  });
}

export function linksChanged(): void {
  void queryClient.invalidateQueries({ queryKey: key });
}
