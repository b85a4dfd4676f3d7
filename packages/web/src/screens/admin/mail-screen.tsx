import { Badge, Button, Group, Skeleton, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconMailOff } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain, tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { language } from '../../i18n/language.ts';
import { useSession } from '../../session/store.ts';
import { Failure } from '../files/empty.tsx';
import { Card, Page } from '../page.tsx';
import { MailQueue } from './mail/mail-queue.tsx';
import { ServerForm } from './mail/server-form.tsx';

/** The mail server, a way to try it, and what goes out. */
export default function MailScreen() {
  const { t } = useTranslation();
  const state = useQuery({
    queryKey: keys.mailState,
    queryFn: ({ signal }) => client.call('mailState', { signal }),
  });
  const settings = useQuery({
    queryKey: keys.settings,
    queryFn: async ({ signal }) => (await client.call('listSettings', { signal })).items,
  });
  const failed = state.isError ? state : settings.isError ? settings : null;
  if (failed && !(state.data && settings.data))
    return (
      <Page title={t('mail.title')} narrow>
        <Failure icon={IconMailOff} error={failed.error} onRetry={() => void failed.refetch()} />
      </Page>
    );
  return (
    <Page title={t('mail.title')} narrow>
      <Card
        title={t('mail.server')}
        text={t('mail.serverText')}
        tools={
          state.data && (
            <Badge
              variant="light"
              tt="none"
              miw="max-content"
              color={state.data.configured ? 'volvox' : 'gray'}
            >
              {state.data.configured ? t('mail.ready') : t('mail.notReady')}
            </Badge>
          )
        }
      >
        {state.data && settings.data ? (
          <ServerForm settings={settings.data} secrets={state.data.secrets} />
        ) : (
          <Skeleton height={280} />
        )}
      </Card>
      <TestCard ready={state.data?.configured === true} />
      <MailQueue />
    </Page>
  );
}

function TestCard({ ready }: { readonly ready: boolean }) {
  const { t } = useTranslation();
  const [to, setTo] = useState(useSession((session) => session.me?.user.email) ?? '');
  const send = useMutation({
    mutationFn: () => client.call('testMail', { body: { to: to.trim(), locale: language } }),
    onSuccess: () => tell(t('mail.testSent', { to: to.trim() })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.mailQueue }),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <Card title={t('mail.test')} text={t('mail.testText')}>
      <form onSubmit={submit}>
        <Group align="flex-start" gap="sm">
          <TextInput
            type="email"
            style={{ flex: '1 1 220px' }}
            aria-label={t('mail.testTo')}
            placeholder={t('mail.testTo')}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
            error={send.isError ? reasonOf(send.error) : null}
            disabled={!ready}
          />
          <Button type="submit" loading={send.isPending} disabled={!ready || to.trim() === ''}>
            {t('mail.testSend')}
          </Button>
        </Group>
      </form>
    </Card>
  );
}

/** What the mail server said is what an administrator needs. */
function reasonOf(error: unknown): string {
  return isApiError(error) && (error.code === 'unavailable' || error.code === 'invalid_input')
    ? error.message
    : explain(error);
}
