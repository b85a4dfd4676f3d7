import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export interface Shown {
  readonly name: string;
  readonly clientId: string;
  /** null: a public app */
  readonly secret: string | null;
}

/** What goes into the app's own settings; closed on purpose only, as it does not come again. */
export function SecretDialog({ shown, onClose }: { readonly shown: Shown; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
      title={t('apps.secretTitle', { name: shown.name })}
    >
      <Stack>
        <Copied label={t('apps.clientId')} value={shown.clientId} />
        {shown.secret !== null && (
          <>
            <Copied label={t('apps.secret')} value={shown.secret} />
            <Text size="sm">{t('apps.secretText')}</Text>
          </>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>
            {shown.secret === null ? t('common.close') : t('apps.understood')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Copied({ label, value }: { readonly label: string; readonly value: string }) {
  const { t } = useTranslation();
  return (
    <Group align="end" wrap="nowrap" gap="xs">
      <TextInput
        label={label}
        value={value}
        readOnly
        style={{ flex: 1 }}
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} aria-label={`${t('common.copy')}: ${label}`}>
            {copied ? t('common.copied') : t('common.copy')}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
