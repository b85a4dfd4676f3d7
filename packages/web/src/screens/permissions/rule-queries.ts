import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Node, PermissionName } from '@volvox/api';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { byPages } from '../../api/pages.ts';
import { queryClient } from '../../api/query-client.ts';

export function useRules(nodeId: string) {
  return useInfiniteQuery({
    queryKey: [...keys.rules(nodeId), 'list'],
    ...byPages((at, signal) =>
      client.call('listRules', {
        params: { id: nodeId },
        query: { limit: 100, ...at },
        signal,
      }),
    ),
  });
}

export function useWhy(nodeId: string, userId: string | null) {
  return useQuery({
    queryKey: [...keys.rules(nodeId), 'why', userId],
    enabled: userId !== null,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      client.call('why', { params: { id: nodeId }, query: { user: userId ?? '' }, signal }),
  });
}

export function useRuleHistory(nodeId: string, enabled: boolean) {
  return useInfiniteQuery({
    enabled,
    queryKey: [...keys.rules(nodeId), 'history'],
    ...byPages((at, signal) =>
      client.call('ruleHistory', {
        params: { id: nodeId },
        query: { limit: 20, ...at },
        signal,
      }),
    ),
  });
}

export function useWorkspaceRules(workspaceId: string) {
  return useInfiniteQuery({
    queryKey: ['rules', 'workspace', workspaceId],
    ...byPages((at, signal) =>
      client.call('workspaceRules', {
        params: { id: workspaceId },
        query: { limit: 100, ...at },
        signal,
      }),
    ),
  });
}

export interface RuleChange {
  readonly roleId: string;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
}

export function useRulePreview(nodeId: string, { roleId, allow, deny }: RuleChange) {
  return useQuery({
    queryKey: [...keys.rules(nodeId), 'preview', roleId, allow, deny],
    queryFn: ({ signal }) =>
      client.call('previewRule', {
        params: { id: nodeId },
        body: { roleId, allow: [...allow], deny: [...deny] },
        signal,
      }),
  });
}

/** Saves it, and has everything read anew that may look different by it. */
export async function saveRule(node: Node, { roleId, allow, deny }: RuleChange): Promise<void> {
  await client.call('setRule', {
    params: { id: node.id, role: roleId },
    body: { allow: [...allow], deny: [...deny] },
  });
  for (const key of [['rules'], keys.node(node.id), keys.allChildren, keys.workspaces])
    void queryClient.invalidateQueries({ queryKey: key });
}

/** Those whose words begin like this. */
export function usePeople(q: string) {
  return useQuery({
    queryKey: ['people', q],
    enabled: q !== '',
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await client.call('searchPeople', { query: { q, limit: 20 }, signal })).items,
  });
}
