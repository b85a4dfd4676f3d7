import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../api/client.ts';
import { tellError } from '../../api/notify.tsx';
import { language } from '../../i18n/language.ts';
import { AuthPage } from './auth-page.tsx';

/** Asks for a link by mail. The answer is the same whoever is asked for. */
export default function ForgotScreen() {
  const { t } = useTranslation();
  const [sent, setSent] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const user = String(new FormData(event.currentTarget).get('user')).trim();
    setBusy(true);
    try {
      await client.call('requestPasswordReset', { body: { user, locale: language } });
      setSent(true);
    } catch (error) {
      tellError(error);
    }
    setBusy(false);
  };
  const back = (
    <Anchor component={Link} to="/" size="sm" ta="center">
      {t('login.startOver')}
    </Anchor>
  );
  if (sent)
    return (
      <AuthPage title={t('reset.sentTitle')} intro={<Text role="status">{t('reset.sentText')}</Text>}>
        <Stack mt="lg">{back}</Stack>
      </AuthPage>
    );
  return (
    <AuthPage title={t('reset.askTitle')} intro={<Text c="dimmed">{t('reset.askIntro')}</Text>}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack mt="lg">
          <TextInput
            name="user"
            label={t('reset.user')}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={254}
            required
            withAsterisk={false}
            autoFocus
            size="md"
          />
          <Button type="submit" size="md" loading={busy}>
            {t('reset.send')}
          </Button>
          {back}
        </Stack>
      </form>
    </AuthPage>
  );
}
