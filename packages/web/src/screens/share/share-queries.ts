import type { Node, ShareRole } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { create } from 'zustand';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { byPages } from '../../api/pages.ts';
import { explain } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { t } from '../../i18n/index.ts';

export const shareRoles: readonly ShareRole[] = ['viewer', 'editor', 'manager'];

export function useNodeShares(nodeId: string, enabled = true) {
  return useQuery({
    queryKey: [...keys.shares, 'node', nodeId],
    enabled,
    queryFn: ({ signal }) => client.call('listNodeShares', { params: { id: nodeId }, signal }),
  });
}

export function useEffectiveAccess(nodeId: string) {
  return useInfiniteQuery({
    queryKey: [...keys.shares, 'access', nodeId],
    ...byPages((at, signal) =>
      client.call('listEffectiveAccess', {
        params: { id: nodeId },
        query: { limit: 50, ...at },
        signal,
      }),
    ),
  });
}

export function useReceived(q: string, hidden: boolean) {
  return useInfiniteQuery({
    queryKey: [...keys.shares, 'received', q, hidden],
    placeholderData: keepPreviousData,
    ...byPages((at, signal) =>
      client.call('listReceivedShares', {
        query: {
          limit: 100,
          ...(q ? { q } : {}),
          ...(hidden ? { hidden } : {}),
          ...at,
        },
        signal,
      }),
    ),
  });
}

export function useGiven(q: string, role: ShareRole | null) {
  return useInfiniteQuery({
    queryKey: [...keys.shares, 'given', q, role],
    placeholderData: keepPreviousData,
    ...byPages((at, signal) =>
      client.call('listGivenShares', {
        query: {
          limit: 100,
          ...(q ? { q } : {}),
          ...(role ? { role } : {}),
          ...at,
        },
        signal,
      }),
    ),
  });
}

export function sharesChanged(): void {
  void queryClient.invalidateQueries({ queryKey: keys.shares });
  void queryClient.invalidateQueries({ queryKey: keys.cells });
}

const reasons = ['shared_already', 'self', 'guest', 'past', 'own', 'cell'] as const;

/** What a refusal means here. */
export function explainShare(error: unknown): string {
  if (isApiError(error)) {
    const reason = reasons.find((one) => one === error.details['reason']);
    if (reason) return t(`share.errors.${reason}`);
    if (error.code === 'forbidden') return t('share.errors.more');
  }
  return explain(error);
}

/** Which of the listed files others have access to by a share or Cell; the rows draw a sign for it. */
export const useShared = create<{ readonly ids: ReadonlySet<string> }>()(() => ({ ids: new Set() }));

const most = 1000;

export function useSharedMarks(folderId: string, rows: readonly Node[]): void {
  const ids = rows
    .filter((row) => row.permissions.includes('share'))
    .slice(0, most)
    .map((row) => row.id);
  const { data } = useQuery({
    queryKey: [...keys.shares, 'among', folderId, ids.length, ids[0]],
    enabled: ids.length > 0,
    queryFn: async ({ signal }) => (await client.call('listSharedAmong', { body: { ids }, signal })).ids,
  });
  useEffect(() => useShared.setState({ ids: new Set(data) }), [data]);
}

/** The end of a day as it was typed; null: none. */
export function endOfDay(day: string): number | null {
  return day === '' ? null : new Date(`${day}T23:59:59`).getTime();
}

/** As a date field wants it, in the zone of who reads. */
export function dayOf(at: number | null): string {
  if (at === null) return '';
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The next day of the calendar: one of 25 hours is over later than 24 hours from its beginning. */
export function tomorrow(now = Date.now()): string {
  const date = new Date(now);
  date.setDate(date.getDate() + 1);
  return dayOf(date.getTime());
}
