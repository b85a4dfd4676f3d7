import { Button, Group, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconMail, IconMailOff } from '@tabler/icons-react';
import type { QueuedMail as QueuedMailSchema } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Static } from 'typebox';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { byPages } from '../../../api/pages.ts';
import { tellError } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { formatDateTime, formatRelative } from '../../../i18n/format.ts';
import { Empty, Failure } from '../../files/empty.tsx';
import { MoreButton } from '../../more-button.tsx';
import { Card } from '../../page.tsx';
import css from '../../page.module.css';
import { Rows, State } from '../rows.tsx';

type QueuedMail = Static<typeof QueuedMailSchema>;
type Wanted = 'all' | 'waiting' | 'sent' | 'failed';

/** What goes out, what waits, what failed and why. */
export function MailQueue() {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<Wanted>('all');
  const query = useInfiniteQuery({
    queryKey: [...keys.mailQueue, wanted],
    refetchInterval: 5000,
    ...byPages((at, signal) =>
      client.call('listMail', {
        query: {
          limit: 50,
          ...(wanted === 'all' ? {} : { state: wanted }),
          ...at,
        },
        signal,
      }),
    ),
  });
  const mails = query.data?.pages.flatMap((page) => page.items);
  return (
    <Card
      title={t('mail.queue')}
      tools={
        <SegmentedControl
          size="xs"
          aria-label={t('mail.state')}
          value={wanted}
          onChange={(value) => setWanted(value as Wanted)} // one of those below
          data={[
            { value: 'all', label: t('mail.all') },
            ...(['waiting', 'sent', 'failed'] as const).map((state) => ({
              value: state,
              label: t(`mail.states.${state}`),
            })),
          ]}
        />
      }
    >
      {query.isError && !mails && (
        <Failure icon={IconMailOff} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={80} />}
      {mails?.length === 0 && <Empty icon={IconMail} title={t('mail.none')} text={t('mail.noneText')} />}
      {mails && mails.length > 0 && (
        <Rows head={[t('mail.to'), t('mail.what'), t('mail.state'), t('mail.when'), '']}>
          {mails.map((mail) => [
            <span key="to" className={css.mono}>
              {mail.to}
            </span>,
            t(`mail.templates.${mail.template as 'test'}`, { defaultValue: mail.template }),
            <MailState key="state" mail={mail} />,
            <span key="at" title={formatDateTime(mail.sentAt ?? mail.createdAt)}>
              {formatRelative(mail.sentAt ?? mail.createdAt)}
            </span>,
            <Actions key="do" mail={mail} />,
          ])}
        </Rows>
      )}
      <MoreButton query={query} />
    </Card>
  );
}

function MailState({ mail }: { readonly mail: QueuedMail }) {
  const { t } = useTranslation();
  return (
    <>
      <State ok={mail.state !== 'failed'} text={t(`mail.states.${mail.state}`)} />
      {mail.attempts > 1 && (
        <Text size="xs" c="dimmed">
          {t('mail.attempts', { count: mail.attempts })}
        </Text>
      )}
      {mail.nextAt !== null && mail.attempts > 0 && (
        <Text size="xs" c="dimmed">
          {t('mail.next', { when: formatRelative(mail.nextAt) })}
        </Text>
      )}
      {mail.lastError !== null && (
        <Text size="xs" maw={280}>
          {mail.lastError}
        </Text>
      )}
    </>
  );
}

function Actions({ mail }: { readonly mail: QueuedMail }) {
  const { t } = useTranslation();
  const act = async (action: Promise<unknown>) => {
    try {
      await action;
    } catch (error) {
      tellError(error);
    }
    void queryClient.invalidateQueries({ queryKey: keys.mailQueue });
  };
  const params = { id: mail.id };
  const remove = () =>
    modals.openConfirmModal({
      title: t('mail.removeTitle'),
      children: <Text size="sm">{t('mail.removeText', { to: mail.to })}</Text>,
      labels: { confirm: t('mail.remove'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void act(client.call('deleteMail', { params })),
    });
  if (mail.state === 'sent' || mail.state === 'sending') return null;
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        aria-label={t('mail.retryFor', { to: mail.to })}
        onClick={() => void act(client.call('retryMail', { params }))}
      >
        {t('mail.retryNow')}
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        color="red"
        aria-label={t('mail.removeFor', { to: mail.to })}
        onClick={remove}
      >
        {t('mail.remove')}
      </Button>
    </Group>
  );
}
