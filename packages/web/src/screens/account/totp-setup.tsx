import { ActionIcon, Button, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { explain } from '../../api/notify.tsx';
import { QrCode } from './qr-code.tsx';

export interface TotpOffer {
  readonly secret: string;
  readonly uri: string;
}

/** Shows the secret this one time and asks for the first code. */
export function TotpSetup({
  offer,
  onDone,
}: {
  readonly offer: TotpOffer;
  onDone(codes: readonly string[] | null): void;
}) {
  const { t } = useTranslation();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get('code'));
    setBusy(true);
    setError(null);
    try {
      onDone((await client.call('confirmTotp', { body: { code } })).recoveryCodes);
    } catch (failure) {
      const wrong = isApiError(failure, 'forbidden') && failure.details['reason'] === 'code';
      setError(wrong ? t('login.wrongCode') : explain(failure));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Text size="sm">{t('factors.totpScan')}</Text>
        <Group justify="center">
          <QrCode text={offer.uri} label={t('factors.totpQr')} />
        </Group>
        <TextInput
          label={t('factors.totpSecret')}
          value={offer.secret.replace(/(.{4})(?=.)/g, '$1 ')}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          rightSection={
            <CopyButton value={offer.secret}>
              {({ copied, copy }) => (
                <ActionIcon
                  variant="subtle"
                  aria-label={t(copied ? 'common.copied' : 'common.copy')}
                  onClick={copy}
                >
                  {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                </ActionIcon>
              )}
            </CopyButton>
          }
        />
        <TextInput
          name="code"
          label={t('factors.totpCode')}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={10}
          required
          withAsterisk={false}
          data-autofocus
          error={error}
        />
        <Button type="submit" loading={busy}>
          {t('factors.totpConfirm')}
        </Button>
      </Stack>
    </form>
  );
}
