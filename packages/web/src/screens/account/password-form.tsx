import { Button, PasswordInput, Stack } from '@mantine/core';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { t as say } from '../../i18n/index.ts';
import { NewPasswordField } from '../setup/password-field.tsx';

/** Asks for the present password and a new one. */
export function PasswordForm({ onDone }: { onDone(): void }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [weak, setWeak] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setWrong(null);
    setWeak(null);
    try {
      await client.call('changePassword', { body: { current, next } });
      setCurrent('');
      setNext('');
      onDone();
    } catch (failure) {
      if (isApiError(failure, 'invalid_input')) setWeak(explainPassword(failure));
      else setWrong(isApiError(failure, 'forbidden') ? t('account.wrongPassword') : explain(failure));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm" maw={380}>
        <PasswordInput
          label={t('account.currentPassword')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          error={wrong}
          visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
        />
        <NewPasswordField
          name="next"
          label={t('account.newPassword')}
          value={next}
          error={weak}
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
  );
}

const reasons = ['too_short', 'too_long', 'classes', 'login', 'common', 'reserved', 'used'] as const;

/** What is wrong with a new password, by the server's reason. */
export function explainPassword(failure: unknown): string {
  const reason = isApiError(failure, 'invalid_input') ? failure.details['reason'] : undefined;
  const known = reasons.find((name) => name === reason);
  if (!isApiError(failure) || known === undefined) return explain(failure);
  const count = Number(failure.details['least'] ?? 0);
  return say(`policy.${known}`, { count });
}
