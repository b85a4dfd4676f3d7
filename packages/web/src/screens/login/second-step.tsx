import { Alert, Button, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertCircle, IconFingerprint } from '@tabler/icons-react';
import type { SecondMethod } from '@volvox/api';
import { isApiError, type Me } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { hasPasskeys, signWithPasskey } from '../../session/passkey.ts';
import type { Begun } from './begun.ts';

interface Props {
  readonly begun: Begun;
  onDone(me: Me): void;
  /** The five minutes are over. */
  onOver(): void;
  onBack(): void;
}

const labels = { totp: 'methodTotp', passkey: 'methodPasskey', recovery: 'methodRecovery' } as const;
const wrongs = { totp: 'wrongCode', passkey: 'wrongPasskey', recovery: 'wrongRecovery' } as const;

/** The second step, by whichever way the account has. */
export function SecondStep({ begun, onDone, onOver, onBack }: Props) {
  const { t } = useTranslation();
  const methods = begun.methods.filter((method) => method !== 'passkey' || hasPasskeys);
  const [method, setMethod] = useState<SecondMethod>(methods[0] ?? 'recovery');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { challenge } = begun;

  const attempt = async (work: () => Promise<Me | null>) => {
    setBusy(true);
    setError(null);
    try {
      const me = await work();
      if (me) return onDone(me);
      setError(t('login.passkeyStopped'));
    } catch (failure) {
      if (isApiError(failure, 'unauthenticated') && failure.details['reason'] === 'challenge')
        return onOver();
      setError(isApiError(failure, 'unauthenticated') ? t(`login.${wrongs[method]}`) : explain(failure));
    }
    setBusy(false);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get('code')).trim();
    void attempt(() => client.call('secondStep', { body: { challenge, method, code } }));
  };
  const usePasskey = () =>
    void attempt(async () => {
      const { options } = await client.call('secondStepOptions', { body: { challenge } });
      const assertion = await signWithPasskey(options);
      return assertion && client.call('secondStep', { body: { challenge, method, assertion } });
    });

  return (
    <Stack gap="md" mt="lg">
      {error !== null && (
        <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
          {error}
        </Alert>
      )}
      {methods.length > 1 && (
        <SegmentedControl
          orientation="vertical"
          size="md"
          fullWidth
          aria-label={t('login.secondTitle')}
          value={method}
          onChange={(value) => {
            setMethod(methods.find((known) => known === value) ?? method);
            setError(null);
          }}
          data={methods.map((value) => ({ value, label: t(`login.${labels[value]}`) }))}
        />
      )}
      {method === 'passkey' ? (
        <>
          <Button
            size="md"
            leftSection={<IconFingerprint size={20} stroke={1.6} />}
            loading={busy}
            onClick={usePasskey}
            fullWidth
          >
            {t('login.usePasskey')}
          </Button>
          <Text size="sm" c="dimmed">
            {t('login.passkeyHint')}
          </Text>
        </>
      ) : (
        <form onSubmit={submit} key={method}>
          <Stack gap="md">
            <CodeField kind={method} />
            <Button type="submit" size="md" loading={busy} fullWidth>
              {t('login.verify')}
            </Button>
          </Stack>
        </form>
      )}
      <Button variant="subtle" color="gray" onClick={onBack}>
        {t('login.startOver')}
      </Button>
    </Stack>
  );
}

/** For six digits or a recovery code; phones offer what came by message. */
export function CodeField({ kind }: { readonly kind: 'totp' | 'recovery' }) {
  const { t } = useTranslation();
  const digits = kind === 'totp';
  return (
    <TextInput
      name="code"
      label={digits ? t('login.code') : t('login.recoveryCode')}
      description={digits ? t('login.codeHint') : t('login.recoveryHint')}
      inputMode={digits ? 'numeric' : 'text'}
      autoComplete={digits ? 'one-time-code' : 'off'}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={40}
      required
      withAsterisk={false}
      autoFocus
      data-autofocus
      size="md"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', letterSpacing: '0.08em' } }}
    />
  );
}
