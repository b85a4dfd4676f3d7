import { Alert, Button, Code, CopyButton, Group, PasswordInput, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconCircleCheck, IconShieldCheck } from '@tabler/icons-react';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { tell, tellError } from '../../../api/notify.tsx';
import { formatCount } from '../../../i18n/format.ts';
import { Card } from '../../page.tsx';
import { State } from '../rows.tsx';

/** Whether the log holds, by which key it is signed, and where it is handed on to. */
export function Integrity() {
  const { t } = useTranslation();
  const status = useQuery({
    queryKey: keys.auditStatus,
    queryFn: ({ signal }) => client.call('auditStatus', { signal }),
    refetchInterval: 15_000,
  });
  const proof = useMutation({
    mutationFn: () => client.call('verifyAudit', {}),
    onError: (error) => tellError(error),
    onSettled: () => status.refetch(),
  });
  const { data } = status;
  return (
    <Card
      title={t('audit.integrity')}
      text={t('audit.integrityText')}
      tools={
        <Button
          variant="light"
          miw="max-content"
          leftSection={<IconShieldCheck size={16} />}
          loading={proof.isPending}
          onClick={() => proof.mutate()}
        >
          {t('audit.verify')}
        </Button>
      }
    >
      {!data && !status.isError && <Skeleton height={60} />}
      {data && (
        <Group gap="xl" className="tabular">
          <Figure name={t('audit.head')} text={formatCount(data.head)} />
          <Figure
            name={t('audit.signed')}
            text={data.signedUpTo === null ? t('audit.unsigned') : formatCount(data.signedUpTo)}
          />
          <Figure name={t('audit.waiting')} text={formatCount(data.pending)} />
        </Group>
      )}
      <div aria-live="polite">
        {proof.data?.ok === true && (
          <Alert mt="md" color="green" icon={<IconCircleCheck />}>
            {t('audit.holds', { count: proof.data.rows })}
          </Alert>
        )}
        {proof.data?.ok === false && (
          <Alert mt="md" color="red" icon={<IconAlertTriangle />}>
            {t('audit.broken', { what: proof.data.fault?.what ?? '' })}
          </Alert>
        )}
      </div>
      {data && (
        <details>
          <summary style={{ cursor: 'pointer', marginTop: 12 }}>{t('audit.more')}</summary>
          <Streams streams={data.streams} />
          {data.keys.map((key) => (
            <PublicKey key={key.id} id={key.id} pem={key.publicKey} />
          ))}
        </details>
      )}
    </Card>
  );
}

function Figure({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={560}>{text}</Text>
    </div>
  );
}

interface StreamStatus {
  readonly name: string;
  readonly lag: number;
  readonly error: string | null;
}

function Streams({ streams }: { readonly streams: readonly StreamStatus[] }) {
  const { t } = useTranslation();
  return (
    <div>
      <Text size="sm" fw={560} mt="md">
        {t('audit.streams')}
      </Text>
      {streams.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('audit.noStreams')}
        </Text>
      )}
      {streams.map(({ name, lag, error }) => (
        <Group key={name} gap="sm" mt={4}>
          <Code>{name}</Code>
          <State ok={error === null} text={error ?? t('audit.behind', { count: lag })} />
        </Group>
      ))}
      <WebhookSecret />
    </div>
  );
}

/** It goes to the vault and is never shown again. */
function WebhookSecret() {
  const { t } = useTranslation();
  const [secret, setSecret] = useState('');
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      await client.call('setAuditWebhookSecret', { body: { secret } });
      setSecret('');
      tell(t('audit.secretKept'));
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <form onSubmit={(event) => void save(event)}>
      <Group align="flex-end" mt="sm" gap="xs">
        <PasswordInput
          w={280}
          label={t('audit.secret')}
          description={t('audit.secretText')}
          autoComplete="off"
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
        />
        <Button type="submit" variant="default" disabled={secret.length < 16}>
          {t('common.save')}
        </Button>
      </Group>
    </form>
  );
}

function PublicKey({ id, pem }: { readonly id: string; readonly pem: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap={2} mt="md">
      <Text size="sm" fw={560}>
        {t('audit.key')}
      </Text>
      <Text size="sm" c="dimmed">
        {t('audit.keyText')}
      </Text>
      <Group gap="xs">
        <Code>{id}</Code>
        <CopyButton value={pem}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? t('common.copied') : t('common.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  );
}
