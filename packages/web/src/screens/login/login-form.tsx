import { Alert, Anchor, Button, Checkbox, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertCircle, IconFingerprint } from '@tabler/icons-react';
import { isApiError, type Me } from '@volvox/client';
import { useRef, useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain } from '../../api/notify.tsx';
import { hasPasskeys, signWithPasskey } from '../../session/passkey.ts';
import { ExternalLogins } from '../oidc/external-logins.tsx';
import { secondStepOf, type Begun } from './begun.ts';

interface Props {
  readonly login?: string;
  /** The second step took too long. */
  readonly stepOver: boolean;
  onDone(me: Me): void;
  onSecond(begun: Begun): void;
}

/** Asks for login and password; with `login` given (an ended session) for the password only. */
export function LoginForm({ login, stepOver, onDone, onSecond }: Props) {
  const { t } = useTranslation();
  const [error, setError] = useState<string | null>(stepOver ? t('login.stepOver') : null);
  const [busy, setBusy] = useState<'password' | 'passkey' | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const remember = () => form.current !== null && new FormData(form.current).get('remember') !== null;

  const attempt = async (kind: 'password' | 'passkey', work: () => Promise<Me | null>) => {
    setBusy(kind);
    setError(null);
    try {
      const me = await work();
      if (me) return onDone(me);
      setError(t('login.passkeyStopped'));
    } catch (failure) {
      const begun = secondStepOf(failure);
      if (begun) return onSecond(begun);
      const wrong = kind === 'password' ? t('login.wrong') : t('login.wrongPasskey');
      setError(isApiError(failure, 'unauthenticated') ? wrong : explain(failure));
    }
    setBusy(null);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    void attempt('password', () =>
      client.call('login', {
        body: {
          login: login ?? String(data.get('login')).trim(),
          password: String(data.get('password')),
          remember: remember(),
        },
      }),
    );
  };
  const usePasskey = () =>
    void attempt('passkey', async () => {
      const { options } = await client.call('passkeyOptions');
      const assertion = await signWithPasskey(options);
      return assertion && client.call('passkeyLogin', { body: { assertion, remember: remember() } });
    });

  return (
    <form ref={form} onSubmit={submit}>
      <Stack gap="md" mt="lg">
        {error !== null && (
          <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
            {error}
          </Alert>
        )}
        {login === undefined && (
          <TextInput
            name="login"
            label={t('login.login')}
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            size="md"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
        {login !== undefined && (
          <input type="text" name="username" autoComplete="username" value={login} readOnly hidden />
        )}
        <PasswordInput
          name="password"
          label={t('login.password')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          autoFocus={login !== undefined}
          data-autofocus={login !== undefined || undefined}
          size="md"
          visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
        />
        <Checkbox name="remember" label={t('login.remember')} />
        <Button type="submit" size="md" loading={busy === 'password'} disabled={busy === 'passkey'} fullWidth>
          {t('login.submit')}
        </Button>
        {hasPasskeys && (
          <>
            <Divider label={t('login.or')} />
            <Button
              variant="default"
              size="md"
              fullWidth
              leftSection={<IconFingerprint size={20} stroke={1.6} />}
              loading={busy === 'passkey'}
              disabled={busy === 'password'}
              onClick={usePasskey}
            >
              {t('login.passkeyInstead')}
            </Button>
          </>
        )}
        {login === undefined && <ExternalLogins />}
        {login === undefined && <Forgot />}
      </Stack>
    </form>
  );
}

/** Only where the server can send mails. */
function Forgot() {
  const { t } = useTranslation();
  const offered = useQuery({
    queryKey: keys.signIn,
    queryFn: ({ signal }) => client.call('signInOptions', { signal }),
  }).data?.passwordReset;
  if (!offered) return null;
  return (
    <Anchor component={Link} to="/forgot" size="sm" ta="center">
      {t('login.forgot')}
    </Anchor>
  );
}
