import { Alert, Button, Group, List, Loader, Modal, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { isApiError } from '@volvox/client';
import type { Connector } from '@volvox/api';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';

interface Props {
  readonly connector: Connector;
  readonly dryRun: boolean;
  onClose(): void;
}

/** Runs a synchronisation, or only asks what it would do, and shows the report. */
export function SyncDialog({ connector, dryRun, onClose }: Props) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: [...keys.connectors, connector.id, 'sync', dryRun],
    queryFn: ({ signal }) =>
      client.call('syncConnector', { params: { id: connector.id }, body: { dryRun }, signal }),
    retry: false,
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  const ended = query.isFetched;
  useEffect(() => {
    if (ended && !dryRun) void queryClient.invalidateQueries({ queryKey: keys.connectors, exact: true });
  }, [ended, dryRun]);
  const report = query.data;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('connectors.report', { name: connector.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        {query.isPending && <Loader aria-label={t('connectors.sync')} />}
        {query.isError && (
          <Alert color="red" role="alert">
            {isApiError(query.error) ? query.error.message : explain(query.error)}
          </Alert>
        )}
        {report && (
          <>
            {dryRun && <Text size="sm">{t('connectors.reportDry')}</Text>}
            <Text role="status">{t('connectors.counts', { ...report })}</Text>
            {report.changes.length > 0 && (
              <Table>
                <Table.Tbody>
                  {report.changes.map(({ login, change }) => (
                    <Table.Tr key={`${login} ${change}`}>
                      <Table.Td>{login}</Table.Td>
                      <Table.Td>{t(`connectors.what.${change as 'created'}`)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )}
            {report.problems.length > 0 && (
              <>
                <Text fw={520}>{t('connectors.problems')}</Text>
                <List size="sm">
                  {report.problems.map((problem) => (
                    <List.Item key={problem}>{problem}</List.Item>
                  ))}
                </List>
              </>
            )}
          </>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('common.close')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
