import { Badge, Button, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { formatDate, formatRelative } from '../../i18n/format.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { clientName } from './client-name.ts';

export function SessionsCard() {
  const { t } = useTranslation();
  const sessions = useQuery({
    queryKey: keys.sessions,
    queryFn: async ({ signal }) => (await client.call('listSessions', { signal })).items,
  }).data;
  const revoke = async (id: string) => {
    try {
      await client.call('revokeSession', { params: { id } });
      tell(t('account.sessionEnded'));
    } catch (error) {
      tellError(error);
    }
    void queryClient.invalidateQueries({ queryKey: keys.sessions });
  };
  const endOthers = async () => {
    try {
      await client.call('revokeOtherSessions');
      tell(t('account.othersEnded'));
    } catch (error) {
      tellError(error);
    }
    void queryClient.invalidateQueries({ queryKey: keys.sessions });
  };
  const askEndOthers = () =>
    modals.openConfirmModal({
      title: t('account.endOthersTitle'),
      children: <Text size="sm">{t('account.endOthersText')}</Text>,
      labels: { confirm: t('account.endOthers'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void endOthers(),
    });
  return (
    <Card
      title={t('account.sessions')}
      text={t('account.sessionsText')}
      tools={
        sessions !== undefined &&
        sessions.length > 1 && (
          <Button variant="default" onClick={askEndOthers}>
            {t('account.endOthers')}
          </Button>
        )
      }
    >
      {!sessions && <Skeleton height={56} />}
      <ul className={css.list}>
        {sessions?.map((session) => (
          <li key={session.id} className={css.item}>
            {/mobile|android|iphone/i.test(session.client) ? (
              <IconDeviceMobile size={22} stroke={1.6} />
            ) : (
              <IconDeviceDesktop size={22} stroke={1.6} />
            )}
            <div style={{ minWidth: 0 }}>
              <div className={css.name} title={session.client}>
                {clientName(session.client)}{' '}
                {session.current && (
                  <Badge size="xs" variant="light">
                    {t('account.thisSession')}
                  </Badge>
                )}
              </div>
              <div className={css.sub}>
                {[
                  session.address,
                  t('account.lastSeen', { when: formatRelative(session.lastSeenAt) }),
                  t('account.since', { when: formatDate(session.createdAt) }),
                ].join(' · ')}
              </div>
              {session.impersonatorId !== null && (
                <div className={css.sub} style={{ whiteSpace: 'normal' }}>
                  {t('account.byAdmin')}
                </div>
              )}
            </div>
            {!session.current && (
              <Button variant="default" size="xs" onClick={() => void revoke(session.id)}>
                {t('account.endSession')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
