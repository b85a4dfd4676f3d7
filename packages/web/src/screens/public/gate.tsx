import { Alert, Button, Checkbox, PasswordInput, Stack, TextInput } from '@mantine/core';
import type { VisitorView } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client, explain, reasonOf } from './api.ts';
import { Frame } from './frame.tsx';
import css from './public.module.css';

/** Password, terms, name: whatever stands before the files, on one page. */
export function Gate({
  view,
  onEntered,
}: {
  readonly view: VisitorView;
  onEntered(view: VisitorView): void;
}) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [accept, setAccept] = useState(false);
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const needs = new Set(view.needs);
  if (needs.has('recipient'))
    return (
      <Frame brand={view.branding} title={t('visit.recipientTitle')} narrow>
        <p className={css.note}>{t('visit.recipientText')}</p>
      </Frame>
    );
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      const body = {
        ...(needs.has('password') ? { password } : {}),
        ...(needs.has('disclaimer') ? { accept } : {}),
        ...(needs.has('name') ? { name } : {}),
        ...(needs.has('email') ? { email } : {}),
      };
      onEntered(await client.call('visitLink', { body }));
    } catch (error) {
      const wrong = isApiError(error, 'unauthenticated') && reasonOf(error) === 'password';
      setFault(wrong ? t('visit.passwordWrong') : explain(error));
    }
    setBusy(false);
  };
  return (
    <Frame brand={view.branding} title={t('visit.gateTitle')} narrow>
      <form onSubmit={(event) => void enter(event)}>
        <Stack>
          {needs.has('disclaimer') && (
            <>
              <div className={css.terms} tabIndex={0} role="region" aria-label={t('visit.terms')}>
                {view.disclaimer}
              </div>
              <Checkbox
                label={t('visit.accept')}
                checked={accept}
                required
                onChange={(event) => setAccept(event.currentTarget.checked)}
              />
            </>
          )}
          {needs.has('name') && (
            <TextInput
              label={t('visit.name')}
              required
              withAsterisk={false}
              autoComplete="name"
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          {needs.has('email') && (
            <TextInput
              label={t('visit.email')}
              required
              withAsterisk={false}
              type="email"
              autoComplete="email"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
          )}
          {needs.has('password') && (
            <PasswordInput
              label={t('visit.password')}
              required
              withAsterisk={false}
              data-autofocus
              autoFocus
              autoComplete="off"
              value={password}
              visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
          {fault && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          <Button type="submit" loading={busy} disabled={needs.has('disclaimer') && !accept}>
            {t('visit.enter')}
          </Button>
        </Stack>
      </form>
    </Frame>
  );
}
