import { Button, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import type { User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { SessionRow } from '../../account/session-row.tsx';
import { Card } from '../../page.tsx';
import css from '../../page.module.css';
import { change } from '../../teams/change.ts';

/** Where a user is signed in, to be ended one by one or all at once. */
export function UserSessionsCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const name = user.displayName || user.login;
  const params = { id: user.id };
  const key = keys.sessionsOfUser(user.id);
  const sessions = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => (await client.call('userSessions', { params, signal })).items,
  }).data;
  const end = (sessionId: string) =>
    void change(
      client.call('revokeUserSession', { params: { ...params, sessionId } }),
      t('account.sessionEnded'),
      [key],
    );
  const askEndAll = () =>
    modals.openConfirmModal({
      title: t('userPage.endAllTitle', { name }),
      children: <Text size="sm">{t('userPage.endAllText', { name })}</Text>,
      labels: { confirm: t('userPage.endAll'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('revokeUserSessions', { params }), t('userPage.allEnded', { name }), [key]),
    });
  return (
    <Card
      title={t('userPage.sessions')}
      tools={
        sessions?.some((session) => !session.current) && (
          <Button variant="default" onClick={askEndAll}>
            {t('userPage.endAll')}
          </Button>
        )
      }
    >
      {!sessions && <Skeleton height={56} />}
      {sessions?.length === 0 && <Text c="dimmed">{t('userPage.noSessions')}</Text>}
      <ul className={css.list}>
        {sessions?.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            byAdmin={t('userPage.sessionByAdmin')}
            onEnd={() => end(session.id)}
          />
        ))}
      </ul>
    </Card>
  );
}
