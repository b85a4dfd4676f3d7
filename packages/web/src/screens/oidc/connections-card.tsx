import { Button, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconApps } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { formatDate } from '../../i18n/format.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { change } from '../teams/change.ts';
import { scopeText } from './scope-text.ts';

/** Apps that may act in the person's name, on the page of the account. */
export function ConnectionsCard() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: keys.connections,
    queryFn: ({ signal }) => client.call('listConnections', { signal }),
  });
  const end = (id: string, name: string) =>
    modals.openConfirmModal({
      title: t('connections.endTitle', { name }),
      children: <Text size="sm">{t('connections.endText')}</Text>,
      labels: { confirm: t('connections.end'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('revokeConnection', { params: { id } }), t('connections.ended', { name }), [
          keys.connections,
        ]),
    });
  return (
    <Card title={t('connections.title')} text={t('connections.text')}>
      {query.isPending && <Skeleton height={56} />}
      {query.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('connections.none')}
        </Text>
      )}
      <ul className={css.list} aria-label={t('connections.title')}>
        {query.data?.items.map(({ id, clientName, scopes, createdAt }) => (
          <li key={id} className={css.item}>
            <IconApps size={20} stroke={1.6} aria-hidden="true" />
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>{clientName}</div>
              <div className={css.sub} style={{ whiteSpace: 'normal' }}>
                {[...scopes.map(scopeText), t('connections.since', { date: formatDate(createdAt) })].join(
                  ' · ',
                )}
              </div>
            </div>
            <Button
              variant="default"
              size="compact-sm"
              aria-label={`${t('connections.end')}: ${clientName}`}
              onClick={() => end(id, clientName)}
            >
              {t('connections.end')}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
