import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { client } from '../../api/client.ts';
import { NewPasswordField } from '../setup/password-field.tsx';
import { explainPassword } from '../account/password-form.tsx';
import { AuthPage } from './auth-page.tsx';

/** Sets a forgotten password by the link of a mail. Its token stands behind the #, so that no server, log or proxy sees it. */
export default function ResetScreen() {
  const { t } = useTranslation();
  const token = useLocation().hash.slice(1);
  const [next, setNext] = useState('');
  const [state, setState] = useState<'asking' | 'sending' | 'done' | 'over'>(token ? 'asking' : 'over');
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setState('sending');
    setError(null);
    try {
      await client.call('finishPasswordReset', { body: { token, password: next } });
      setState('done');
    } catch (failure) {
      if (isApiError(failure, 'gone')) return setState('over');
      setError(explainPassword(failure));
      setState('asking');
    }
  };
  if (state === 'done')
    return (
      <AuthPage title={t('reset.doneTitle')} intro={<Text role="status">{t('reset.doneText')}</Text>}>
        <Button component={Link} to="/" mt="lg" size="md">
          {t('reset.toLogin')}
        </Button>
      </AuthPage>
    );
  if (state === 'over')
    return (
      <AuthPage
        title={t('reset.title')}
        intro={
          <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
            {t('reset.over')}
          </Alert>
        }
      >
        <Button component={Link} to="/forgot" mt="lg" size="md">
          {t('reset.another')}
        </Button>
      </AuthPage>
    );
  return (
    <AuthPage title={t('reset.title')} intro={<Text c="dimmed">{t('reset.intro')}</Text>}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack mt="lg">
          <NewPasswordField
            name="next"
            label={t('reset.next')}
            value={next}
            error={error}
            onChange={setNext}
          />
          <Button type="submit" size="md" loading={state === 'sending'} disabled={next === ''}>
            {t('reset.submit')}
          </Button>
        </Stack>
      </form>
    </AuthPage>
  );
}
