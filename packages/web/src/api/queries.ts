import type { Node, Workspace } from '@volvox/api';
import type { Output } from '@volvox/client';
import type { Routes } from '@volvox/api';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { client } from './client.ts';
import { keys } from './keys.ts';
import { byPages } from './pages.ts';

export type ListingPage = Output<Routes['listChildren']>;
export type SortKey = 'name' | 'size' | 'modified';
export interface Sorting {
  readonly sort: SortKey;
  readonly order: 'asc' | 'desc';
}

export function useWorkspaces() {
  return useQuery({
    queryKey: keys.workspaces,
    queryFn: async ({ signal }) => (await client.call('listWorkspaces', { signal })).items,
  });
}

/** Roles that administrators made, weakest first; only administrators may ask. */
export function useAssignedRoles() {
  return useQuery({
    queryKey: keys.roles,
    queryFn: async ({ signal }) => (await client.call('listRoles', { signal })).items,
  });
}

/** The workspace a node lies in; undefined while loading. */
export function useWorkspaceOf(node: Pick<Node, 'workspaceId'> | undefined): Workspace | undefined {
  return useWorkspaces().data?.find((workspace) => workspace.id === node?.workspaceId);
}

export function useNode(id: string | undefined) {
  return useQuery({
    queryKey: keys.node(id ?? ''),
    enabled: id !== undefined,
    queryFn: ({ signal }) => client.call('getNode', { params: { id: id ?? '' }, signal }),
  });
}

export function useAncestors(id: string | undefined) {
  return useQuery({
    queryKey: keys.ancestors(id ?? ''),
    enabled: id !== undefined,
    queryFn: async ({ signal }) =>
      (await client.call('getAncestors', { params: { id: id ?? '' }, signal })).items,
  });
}

const firstPage = 200;
const furtherPages = 1000;

/** A folder's rows, page by page; the first page is small so that it shows at once. */
export function useChildren(
  id: string,
  sorting: Sorting,
  name: string,
  { kind, enabled = true }: { readonly kind?: 'file'; readonly enabled?: boolean } = {},
) {
  return useInfiniteQuery({
    enabled,
    queryKey: [...keys.children(id), { ...sorting, name, kind }],
    placeholderData: (previous, query) => (query?.queryKey[1] === id ? previous : undefined),
    ...byPages((at, signal): Promise<ListingPage> =>
      client.call('listChildren', {
        params: { id },
        query: {
          ...sorting,
          limit: at.cursor ? furtherPages : firstPage,
          ...(name ? { name } : {}),
          ...(kind ? { kind } : {}),
          ...at,
        },
        signal,
      }),
    ),
  });
}

/** Every child as the server has it now, page by page. */
export async function readChildren(id: string, sorting: Sorting, name: string): Promise<readonly Node[]> {
  const all: Node[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: ListingPage = await client.call('listChildren', {
      params: { id },
      query: {
        ...sorting,
        limit: furtherPages,
        ...(name ? { name } : {}),
        ...(cursor ? { cursor } : {}),
      },
    });
    all.push(...page.items);
    cursor = page.next;
  }
  return all;
}

export function useFolders(id: string, enabled: boolean) {
  return useQuery({
    queryKey: [...keys.children(id), 'folders'],
    enabled,
    queryFn: ({ signal }) =>
      client.call('listChildren', { params: { id }, query: { kind: 'folder', limit: 1000 }, signal }),
  });
}

export function useTrash(workspaceId: string) {
  return useInfiniteQuery({
    queryKey: keys.trash(workspaceId),
    ...byPages((at, signal) =>
      client.call('listTrash', {
        params: { id: workspaceId },
        query: { limit: 200, ...at },
        signal,
      }),
    ),
  });
}

export function useVersions(id: string) {
  return useInfiniteQuery({
    queryKey: keys.versions(id),
    ...byPages((at, signal) =>
      client.call('listVersions', {
        params: { id },
        query: { limit: 50, ...at },
        signal,
      }),
    ),
  });
}

export function useActivity(id: string) {
  return useInfiniteQuery({
    queryKey: keys.activity(id),
    ...byPages((at, signal) =>
      client.call('listActivity', {
        query: { node: id, limit: 50, ...at },
        signal,
      }),
    ),
  });
}

export interface SearchFilter {
  readonly q?: string;
  readonly kind?: 'file' | 'folder';
  readonly minSize?: number;
  readonly modifiedAfter?: number;
  readonly extension?: string;
}

export function useSearch(filter: SearchFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.search, filter],
    enabled: Object.values(filter).some((value) => value !== undefined),
    placeholderData: keepPreviousData,
    ...byPages((at, signal) =>
      client.call('search', {
        query: { ...filter, limit: 100, ...at },
        signal,
      }),
    ),
  });
}
