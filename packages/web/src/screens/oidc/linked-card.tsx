import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconBuilding } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tellError } from '../../api/notify.tsx';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { change } from '../teams/change.ts';
import { ExternalFailure } from './external-logins.tsx';

/** Accounts with other providers that the person may sign in by; nothing where there are none to link with. */
export function LinkedCard() {
  const { t } = useTranslation();
  const accounts = useQuery({
    queryKey: keys.externalAccounts,
    queryFn: ({ signal }) => client.call('listExternalAccounts', { signal }),
  }).data?.items;
  if (!accounts?.length) return null;
  const link = (id: string) =>
    client
      .call('linkExternalAccount', { params: { id }, body: {} })
      .then(({ startAt }) => location.assign(startAt), tellError);
  const unlink = (id: string, name: string) =>
    void change(client.call('unlinkExternalAccount', { params: { id } }), t('linked.done', { name }), [
      keys.externalAccounts,
    ]);
  return (
    <Card title={t('linked.title')} text={t('linked.text')}>
      <ExternalFailure />
      <ul className={css.list} aria-label={t('linked.title')}>
        {accounts.map(({ connectorId, connectorName, linked, canLink }) => (
          <li key={connectorId} className={css.item}>
            <IconBuilding size={20} stroke={1.6} aria-hidden="true" />
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>{connectorName}</div>
              <div className={css.sub}>{linked ? t('linked.is') : t('linked.isNot')}</div>
            </div>
            {canLink && (
              <Button
                variant="default"
                size="compact-sm"
                aria-label={`${linked ? t('linked.unlink') : t('linked.link')}: ${connectorName}`}
                onClick={() => (linked ? unlink(connectorId, connectorName) : void link(connectorId))}
              >
                {linked ? t('linked.unlink') : t('linked.link')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
