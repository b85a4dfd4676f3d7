import { Alert, Button, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertCircle, IconBuilding } from '@tabler/icons-react';
import type { SecondMethod } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';

/** Buttons of the other providers, below the log-in form; and why signing in by one did not work. */
export function ExternalLogins() {
  const { t } = useTranslation();
  const methods = useQuery({
    queryKey: keys.signInMethods,
    queryFn: ({ signal }) => client.call('sessionMethods', { signal }),
  }).data?.external;
  return (
    <Stack gap="sm">
      <ExternalFailure />
      {methods?.map(({ id, name }) => (
        <Button
          key={id}
          component="a"
          href={`/auth/external/${id}/start?return=${encodeURIComponent(here())}`}
          variant="default"
          size="md"
          fullWidth
          leftSection={<IconBuilding size={20} stroke={1.6} />}
        >
          {t('external.with', { name })}
        </Button>
      ))}
    </Stack>
  );
}

/** Why it did not work; the server tells behind `#`. */
export function ExternalFailure() {
  const { t } = useTranslation();
  const [failure] = useState(() => new URLSearchParams(location.hash.slice(1)).get('external'));
  if (failure === null) return null;
  const known = ['unknown', 'expired', 'linked', 'account'] as const;
  const reason = known.find((each) => each === failure) ?? 'other';
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertCircle size={18} />}>
      {t(`external.errors.${reason}`)}
    </Alert>
  );
}

/** What the server tells after a log-in elsewhere where our own second step is missing; taken off the address once read. */
export function begunElsewhere(): {
  readonly challenge: string;
  readonly methods: readonly SecondMethod[];
} | null {
  const told = new URLSearchParams(location.hash.slice(1));
  const challenge = told.get('second');
  if (challenge === null) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  const all: readonly SecondMethod[] = ['totp', 'passkey', 'recovery'];
  const given = (told.get('methods') ?? '').split(',');
  return { challenge, methods: all.filter((method) => given.includes(method)) };
}

function here(): string {
  return location.pathname === '/login' ? '/' : location.pathname + location.search;
}
