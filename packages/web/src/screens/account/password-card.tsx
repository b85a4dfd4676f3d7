import { Button, PasswordInput, Stack } from '@mantine/core';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain, tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { Card } from '../page.tsx';
import { NewPasswordField } from '../setup/password-field.tsx';

export function PasswordCard() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await client.call('changePassword', { body: { current, next } });
      tell(t('account.passwordChanged'));
      setCurrent('');
      setNext('');
      void queryClient.invalidateQueries({ queryKey: keys.sessions });
    } catch (failure) {
      const wrong = isApiError(failure, 'unauthenticated') || isApiError(failure, 'forbidden');
      setError(
        wrong
          ? t('account.wrongPassword')
          : isApiError(failure, 'invalid_input')
            ? failure.message
            : explain(failure),
      );
    }
    setBusy(false);
  };
  const show = { 'aria-label': t('login.showPassword') };
  return (
    <Card title={t('account.password')} text={t('account.passwordText')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm" maw={380}>
          <PasswordInput
            label={t('account.currentPassword')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            error={error}
            visibilityToggleButtonProps={show}
          />
          <NewPasswordField
            name="next"
            label={t('account.newPassword')}
            value={next}
            onChange={setNext}
            size="sm"
          />
          <div>
            <Button type="submit" loading={busy} disabled={!current || !next}>
              {t('account.changePassword')}
            </Button>
          </div>
        </Stack>
      </form>
    </Card>
  );
}
