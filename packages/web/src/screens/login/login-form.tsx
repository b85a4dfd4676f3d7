import { Alert, Button, Checkbox, PasswordInput, Stack, TextInput } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { useSession } from '../../session/store.ts';

/** Asks for login and password; with `login` given (an ended session) for the password only. */
export function LoginForm({ login, onDone }: { readonly login?: string; readonly onDone?: () => void }) {
  const { t } = useTranslation();
  const setMe = useSession((state) => state.setMe);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      const me = await client.call('login', {
        body: {
          login: login ?? String(form.get('login')).trim(),
          password: String(form.get('password')),
          remember: form.get('remember') !== null,
        },
      });
      setMe(me);
      onDone?.();
    } catch (failure) {
      setError(isApiError(failure, 'unauthenticated') ? t('login.wrong') : explain(failure));
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
        <Button type="submit" size="md" loading={busy} fullWidth>
          {t('login.submit')}
        </Button>
      </Stack>
    </form>
  );
}
