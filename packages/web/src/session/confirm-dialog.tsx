import { Alert, Button, Group, Modal, PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertCircle, IconFingerprint } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../api/client.ts';
import { explain } from '../api/notify.tsx';
import { CodeField } from '../screens/login/second-step.tsx';
import { hasPasskeys, signWithPasskey } from './passkey.ts';
import { useSession } from './store.ts';

/** Asks once more who is there, before something dangerous; what waited for it goes on. */
export function ConfirmDialog() {
  const { t } = useTranslation();
  const confirming = useSession((state) => state.confirming);
  const confirmed = useSession((state) => state.confirmed);
  return (
    <Modal
      opened={confirming}
      onClose={() => confirmed(false)}
      title={t('confirm.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      zIndex={450}
    >
      {confirming && <Confirmation onDone={() => confirmed(true)} onCancel={() => confirmed(false)} />}
    </Modal>
  );
}

type Method = 'password' | 'totp' | 'recovery' | 'passkey';
const labels = {
  password: 'login.password',
  totp: 'login.methodTotp',
  passkey: 'login.methodPasskey',
  recovery: 'login.methodRecovery',
} as const;

function Confirmation({ onDone, onCancel }: { onDone(): void; onCancel(): void }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<Method | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const offered = useQuery({
    queryKey: ['proof'],
    gcTime: 0,
    queryFn: async ({ signal }) => (await client.call('proofState', { signal })).methods,
  }).data;
  if (!offered) return null;
  const methods = offered.filter((method) => method !== 'passkey' || hasPasskeys);
  const method = wanted ?? methods[0];

  const attempt = async (work: () => Promise<boolean>) => {
    setBusy(true);
    setError(null);
    try {
      if (await work()) return onDone();
      setError(t('login.passkeyStopped'));
    } catch (failure) {
      setError(isApiError(failure, 'forbidden') ? t('confirm.wrong') : explain(failure));
    }
    setBusy(false);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const given =
      method === 'password'
        ? { method, password: String(data.get('password')) }
        : {
            method: method === 'recovery' ? method : ('totp' as const),
            code: String(data.get('code')).trim(),
          };
    void attempt(async () => Boolean(await client.call('prove', { body: given })));
  };
  const usePasskey = () =>
    void attempt(async () => {
      const assertion = await signWithPasskey((await client.call('proofOptions')).options);
      if (assertion) await client.call('prove', { body: { method: 'passkey', assertion } });
      return assertion !== null;
    });

  return (
    <Stack>
      <Text size="sm">{method ? t('confirm.text') : t('confirm.none')}</Text>
      {error !== null && (
        <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
          {error}
        </Alert>
      )}
      {methods.length > 1 && method && (
        <SegmentedControl
          orientation="vertical"
          size="md"
          fullWidth
          aria-label={t('confirm.title')}
          value={method}
          onChange={(value) => setWanted(methods.find((known) => known === value) ?? null)}
          data={methods.map((value) => ({ value, label: t(labels[value]) }))}
        />
      )}
      {method === 'passkey' && (
        <Button
          leftSection={<IconFingerprint size={18} stroke={1.6} />}
          loading={busy}
          onClick={usePasskey}
          data-autofocus
        >
          {t('login.usePasskey')}
        </Button>
      )}
      {method && method !== 'passkey' && (
        <form onSubmit={submit} key={method}>
          <Stack>
            {method === 'password' ? (
              <PasswordInput
                name="password"
                label={t('confirm.password')}
                autoComplete="current-password"
                required
                withAsterisk={false}
                autoFocus
                data-autofocus
                visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
              />
            ) : (
              <CodeField kind={method} />
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={onCancel}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" loading={busy}>
                {t('confirm.submit')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Stack>
  );
}
