import { Button, Group, Stack, Text } from '@mantine/core';
import { isApiError } from '@volvox/client';
import type { OidcInteraction } from '@volvox/api';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { logOut } from '../../session/log-out.ts';
import { useSession } from '../../session/store.ts';
import { AuthPage } from '../login/auth-page.tsx';
import { SignIn } from '../login/sign-in.tsx';
import { ScopeList } from './scope-list.tsx';

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'reauthenticate' }
  | { readonly kind: 'consent'; readonly interaction: OidcInteraction }
  | { readonly kind: 'failed'; readonly text: string | null };

/** Between another app's request and its answer. Whoever comes here is signed in; the rest is asked of the server. */
export default function ConsentScreen() {
  const { t } = useTranslation();
  const { uid = '' } = useParams();
  const me = useSession((state) => state.me);
  const [step, setStep] = useState<Step>({ kind: 'asking' });
  const failed = (error: unknown) =>
    setStep({ kind: 'failed', text: isApiError(error, 'not_found') ? null : explain(error) });
  const ask = useCallback(() => {
    setStep({ kind: 'asking' });
    client.call('continueInteraction', { params: { uid }, body: {} }).then((next) => {
      if (next.redirectTo !== undefined) location.replace(next.redirectTo);
      else if (next.consent) setStep({ kind: 'consent', interaction: next.consent });
      else setStep({ kind: 'reauthenticate' });
    }, failed);
  }, [uid]);
  useEffect(ask, [ask]);
  const decide = async (allow: boolean) => {
    try {
      const { redirectTo } = await client.call('decideInteraction', { params: { uid }, body: { allow } });
      location.replace(redirectTo);
    } catch (error) {
      failed(error);
    }
  };

  if (step.kind === 'failed')
    return (
      <AuthPage title={t('consent.gone')}>
        <Text role="alert">{step.text ?? t('consent.goneText')}</Text>
      </AuthPage>
    );
  if (step.kind === 'reauthenticate')
    return (
      <AuthPage title={t('consent.again')} intro={<Text c="dimmed">{t('consent.againText')}</Text>}>
        <SignIn {...(me ? { login: me.user.login } : {})} onDone={ask} />
      </AuthPage>
    );
  if (step.kind === 'asking') return <AuthPage title={t('consent.wait')}>{null}</AuthPage>;
  const { clientName, scopes, redirectHost } = step.interaction;
  return (
    <AuthPage title={t('consent.title', { name: clientName })}>
      <Stack mt="md">
        <Text>{t('consent.as', { name: me?.user.displayName })}</Text>
        <Text fw={520}>{t('consent.asks')}</Text>
        <ScopeList scopes={scopes} />
        {redirectHost !== '' && (
          <Text size="sm" c="dimmed">
            {t('consent.goes', { host: redirectHost })}
          </Text>
        )}
        <Decision onDecide={decide} />
        <Button variant="subtle" color="gray" onClick={() => void logOut()}>
          {t('consent.other')}
        </Button>
      </Stack>
    </AuthPage>
  );
}

/** Yes and no, busy until the answer is known. */
export function Decision({ onDecide }: { onDecide(allow: boolean): Promise<void> }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState<boolean | null>(null);
  const decide = (allow: boolean) => {
    setBusy(allow);
    void onDecide(allow).finally(() => setBusy(null));
  };
  return (
    <Group grow mt="sm">
      <Button
        size="md"
        variant="default"
        loading={busy === false}
        disabled={busy === true}
        onClick={() => decide(false)}
      >
        {t('consent.deny')}
      </Button>
      <Button size="md" loading={busy === true} disabled={busy === false} onClick={() => decide(true)}>
        {t('consent.allow')}
      </Button>
    </Group>
  );
}
