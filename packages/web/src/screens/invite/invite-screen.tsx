import { Alert, Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertCircle } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { AuthPage } from '../login/auth-page.tsx';
import { NewPasswordField } from '../setup/password-field.tsx';

/** Where an invitation leads: the guest chooses a password, once. */
export default function InviteScreen() {
  const { t } = useTranslation();
  const invitation = useLocation().hash.slice(1);
  const [accepted, setAccepted] = useState(false);
  const query = useQuery({
    queryKey: ['invitation', invitation],
    queryFn: ({ signal }) => client.call('readInvitation', { body: { invitation }, signal }),
    retry: false,
    staleTime: Infinity,
  });
  if (query.isPending) return null;
  if (query.isError) {
    const over = isApiError(query.error, 'gone');
    return (
      <AuthPage title={over ? t('invite.goneTitle') : t('errors.title')}>
        <Text c="dimmed">{over ? t('invite.gone') : explain(query.error)}</Text>
      </AuthPage>
    );
  }
  const { login, displayName: name, inviter } = query.data;
  const signIn = <Text c="dimmed">{t('invite.login', { login })}</Text>;
  if (accepted)
    return (
      <AuthPage title={t('invite.ready')} intro={signIn}>
        <Button component={Link} to="/" size="md" fullWidth mt="lg">
          {t('invite.toLogin')}
        </Button>
      </AuthPage>
    );
  return (
    <AuthPage
      title={t('invite.title', { name })}
      intro={
        <>
          <Text c="dimmed">
            {inviter === null ? t('invite.introNobody') : t('invite.intro', { inviter })}
          </Text>
          {signIn}
        </>
      }
    >
      <AcceptForm invitation={invitation} onAccepted={() => setAccepted(true)} />
    </AuthPage>
  );
}

function AcceptForm({ invitation, onAccepted }: { readonly invitation: string; onAccepted(): void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await client.call('acceptInvitation', { body: { invitation, password } });
      onAccepted();
    } catch (failure) {
      setError(isApiError(failure, 'invalid_input') ? failure.message : explain(failure));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md" mt="lg">
        {error !== null && (
          <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
            {error}
          </Alert>
        )}
        <NewPasswordField
          name="password"
          label={t('login.password')}
          value={password}
          onChange={setPassword}
        />
        <Button type="submit" size="md" fullWidth loading={busy}>
          {t('invite.submit')}
        </Button>
      </Stack>
    </form>
  );
}
