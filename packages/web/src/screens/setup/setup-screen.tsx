import { Alert, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertCircle, IconTerminal2 } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { useSession } from '../../session/store.ts';
import { AuthPage } from '../login/auth-page.tsx';
import { NewPasswordField } from './password-field.tsx';

/** First run: the printed one-time link makes the first administrator. */
export function SetupScreen() {
  const [params] = useSearchParams();
  const key = params.get('key');
  return key ? <SetupForm setupKey={key} /> : <NoKey />;
}

function NoKey() {
  const { t } = useTranslation();
  return (
    <AuthPage title={t('setup.noKeyTitle')} intro={<Text c="dimmed">{t('setup.noKey')}</Text>}>
      <Stack mt="lg" gap="sm">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <IconTerminal2 size={20} style={{ flex: 'none', marginTop: 2 }} />
          <Text size="sm">{t('setup.whereLog')}</Text>
        </Group>
        <Code block>{`${location.origin}/setup?key=…`}</Code>
        <Text size="sm" c="dimmed">
          {t('setup.eachStart')}
        </Text>
      </Stack>
    </AuthPage>
  );
}

function SetupForm({ setupKey }: { readonly setupKey: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      const me = await client.call('runSetup', {
        body: {
          key: setupKey,
          login: String(form.get('login')).trim(),
          displayName: String(form.get('displayName')).trim(),
          password,
        },
      });
      queryClient.removeQueries({ queryKey: keys.setup });
      useSession.getState().setMe(me);
      await navigate('/', { replace: true });
    } catch (failure) {
      const wrongKey = isApiError(failure, 'forbidden') || isApiError(failure, 'unauthenticated');
      setError(
        wrongKey
          ? t('setup.wrongKey')
          : isApiError(failure, 'invalid_input')
            ? failure.message
            : explain(failure),
      );
      setBusy(false);
    }
  };

  return (
    <AuthPage title={t('setup.title')} intro={<Text c="dimmed">{t('setup.intro')}</Text>}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md" mt="lg">
          {error !== null && (
            <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
              {error}
            </Alert>
          )}
          <TextInput
            name="login"
            label={t('login.login')}
            defaultValue="admin"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            size="md"
            pattern="[A-Za-z0-9][A-Za-z0-9._@\-]*"
            maxLength={64}
            title={t('setup.loginRule')}
            autoCapitalize="none"
            spellCheck={false}
          />
          <TextInput
            name="displayName"
            label={t('setup.displayName')}
            autoComplete="name"
            size="md"
            maxLength={200}
          />
          <NewPasswordField
            name="password"
            label={t('login.password')}
            value={password}
            onChange={setPassword}
          />
          <Button type="submit" size="md" fullWidth loading={busy}>
            {t('setup.submit')}
          </Button>
        </Stack>
      </form>
    </AuthPage>
  );
}
