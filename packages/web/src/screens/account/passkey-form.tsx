import { Button, Stack, Text, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { makePasskey } from '../../session/passkey.ts';
import { clientName } from './client-name.ts';

/** Names a new passkey and lets the browser make it. */
export function PasskeyForm({ onDone }: { onDone(codes: readonly string[] | null): void }) {
  const { t } = useTranslation();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    setBusy(true);
    setError(null);
    try {
      const { options } = await client.call('beginPasskey');
      const attestation = await makePasskey(options);
      if (attestation)
        return onDone((await client.call('addPasskey', { body: { name, attestation } })).recoveryCodes);
      setError(t('factors.passkeyFailed'));
    } catch (failure) {
      setError(explain(failure));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          name="name"
          label={t('factors.passkeyName')}
          placeholder={t('factors.passkeyNameExample')}
          defaultValue={clientName(navigator.userAgent)}
          required
          withAsterisk={false}
          maxLength={100}
          data-autofocus
          error={error}
        />
        <Text size="sm" c="dimmed">
          {t('login.passkeyHint')}
        </Text>
        <Button type="submit" loading={busy} leftSection={<IconFingerprint size={18} stroke={1.6} />}>
          {t('factors.passkeyAdd')}
        </Button>
      </Stack>
    </form>
  );
}
