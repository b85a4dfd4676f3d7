import { Modal, Skeleton, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Link } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { formatCount } from '../../i18n/format.ts';

/** Who came when, as far as numbers say it. */
export function StatisticsDialog({ link, onClose }: { readonly link: Link; onClose(): void }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['links', 'statistics', link.id],
    queryFn: ({ signal }) => client.call('linkStatistics', { params: { id: link.id }, signal }),
  });
  return (
    <Modal
      opened
      title={t('links.statistics')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      onClose={onClose}
    >
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <Text c="red">{explain(query.error)}</Text>}
      {query.data?.days.length === 0 && <Text c="dimmed">{t('links.noVisits')}</Text>}
      {query.data && query.data.days.length > 0 && (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('links.day')}</Table.Th>
              <Table.Th>{t('links.visitsHead')}</Table.Th>
              <Table.Th>{t('links.downloadsHead')}</Table.Th>
              <Table.Th>{t('links.uploads')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {query.data.days.map((day) => (
              <Table.Tr key={day.day}>
                <Table.Td>{day.day}</Table.Td>
                <Table.Td>{formatCount(day.visits)}</Table.Td>
                <Table.Td>{formatCount(day.downloads)}</Table.Td>
                <Table.Td>{formatCount(day.uploads)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {query.data?.items.map((item) => (
        <Text key={item.nodeId} size="sm">
          {item.name ?? '…'}: {t('links.downloads', { count: item.downloads })}
        </Text>
      ))}
    </Modal>
  );
}
