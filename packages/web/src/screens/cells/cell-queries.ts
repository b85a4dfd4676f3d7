import type { Cell } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useQuery } from '@tanstack/react-query';
import { notifications } from '@mantine/notifications';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { queryClient } from '../../api/query-client.ts';
import { t } from '../../i18n/index.ts';
import { explainShare } from '../share/share-queries.ts';

export const cellColors = ['green', 'blue', 'violet', 'orange', 'pink', 'gray'] as const;

export function colorOf({ color }: Pick<Cell, 'color'>): string {
  const known = cellColors.find((one) => one === color);
  return known === undefined || known === 'green' ? 'volvox' : known;
}

export const manages = ({ role }: Pick<Cell, 'role'>): boolean => role === 'owner' || role === 'manager';

export function useCells() {
  return useQuery({
    queryKey: keys.cells,
    queryFn: async ({ signal }) => (await client.call('listCells', { signal })).items,
  });
}

export function useCell(id: string) {
  return useQuery({
    queryKey: [...keys.cells, id],
    queryFn: ({ signal }) => client.call('getCell', { params: { id }, signal }),
  });
}

/** Every workspace that is nobody's own; for administrators. */
export function useAdminWorkspaces(enabled = true) {
  return useQuery({
    queryKey: keys.adminWorkspaces,
    enabled,
    queryFn: async ({ signal }) => (await client.call('adminListWorkspaces', { signal })).items,
  });
}

export function cellsChanged(): void {
  for (const queryKey of [keys.cells, keys.workspaces, keys.shares, keys.adminWorkspaces, keys.allChildren])
    void queryClient.invalidateQueries({ queryKey });
}

const reasons = ['not_empty', 'by_group', 'owner', 'mounted', 'mount', 'inside', 'member'] as const;

export function explainCell(error: unknown): string {
  const reason = isApiError(error) ? reasons.find((one) => one === error.details['reason']) : undefined;
  return reason ? t(`cells.errors.${reason}`) : explainShare(error);
}

export function tellCellError(error: unknown): void {
  notifications.show({
    color: 'red',
    message: explainCell(error),
    autoClose: 8000,
    closeButtonProps: { 'aria-label': t('common.close') },
  });
}
