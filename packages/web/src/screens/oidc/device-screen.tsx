import { Alert, Button, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import type { OidcDevice } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { client } from '../../api/client.ts';
import { explain, tellError } from '../../api/notify.tsx';
import { useSession } from '../../session/store.ts';
import { AuthPage } from '../login/auth-page.tsx';
import { Decision } from './consent-screen.tsx';
import { ScopeList } from './scope-list.tsx';

type Step =
  | { readonly kind: 'code' }
  | { readonly kind: 'decide'; readonly device: OidcDevice }
  | { readonly kind: 'done'; readonly allowed: boolean };

/** A device without a browser, or a command line, is let in by the code that it shows. */
export default function DeviceScreen() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const login = useSession((state) => state.me?.user.login);
  const [userCode, setUserCode] = useState(params.get('user_code') ?? '');
  const [step, setStep] = useState<Step>({ kind: 'code' });
  const decide = async (allow: boolean) => {
    try {
      await client.call('decideDevice', { body: { userCode, allow } });
      setStep({ kind: 'done', allowed: allow });
    } catch (error) {
      tellError(error);
      setStep({ kind: 'code' });
    }
  };

  if (step.kind === 'done')
    return (
      <AuthPage title={step.allowed ? t('device.done') : t('device.denied')}>
        <Text role="status">{step.allowed ? t('device.doneText') : t('device.deniedText')}</Text>
      </AuthPage>
    );
  if (step.kind === 'decide') {
    const { clientName, scopes, address } = step.device;
    return (
      <AuthPage title={t('device.wants', { name: clientName, login })}>
        <Stack mt="md">
          <ScopeList scopes={scopes} />
          {address !== null && (
            <Text size="sm" c="dimmed">
              {t('device.from', { address })}
            </Text>
          )}
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
            {t('device.warning')}
          </Alert>
          <Decision onDecide={decide} />
        </Stack>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={t('device.title')} intro={<Text c="dimmed">{t('device.intro')}</Text>}>
      <CodeForm
        userCode={userCode}
        onChange={setUserCode}
        onFound={(device) => setStep({ kind: 'decide', device })}
      />
    </AuthPage>
  );
}

interface FormProps {
  readonly userCode: string;
  onChange(code: string): void;
  onFound(device: OidcDevice): void;
}

function CodeForm({ userCode, onChange, onFound }: FormProps) {
  const { t } = useTranslation();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    try {
      onFound(await client.call('lookUpDevice', { body: { userCode } }));
    } catch (failure) {
      setError(isApiError(failure, 'not_found') ? t('device.unknown') : explain(failure));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack mt="lg">
        <TextInput
          label={t('device.code')}
          value={userCode}
          onChange={(event) => onChange(event.currentTarget.value.toUpperCase())}
          error={error}
          placeholder="XXXX-XXXX"
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={20}
          required
          withAsterisk={false}
          autoFocus
          size="md"
          styles={{ input: { letterSpacing: '0.12em', fontVariantNumeric: 'tabular-nums' } }}
        />
        <Button type="submit" size="md" loading={busy}>
          {t('device.next')}
        </Button>
      </Stack>
    </form>
  );
}
