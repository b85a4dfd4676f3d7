import { Button, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { SessionRow } from './session-row.tsx';

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
          <SessionRow
            key={session.id}
            session={session}
            byAdmin={t('account.byAdmin')}
            onEnd={() => void revoke(session.id)}
          />
        ))}
      </ul>
    </Card>
  );
}
