import {
  ActionIcon,
  Alert,
  Button,
  Checkbox,
  CopyButton,
  Group,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  TextInput,
} from '@mantine/core';
import { IconCheck, IconCopy, IconEyeOff } from '@tabler/icons-react';
import type { Scope } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import type { Static } from 'typebox';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { useSession } from '../../session/store.ts';

type ScopeName = Static<typeof Scope>;
const scopes: readonly ScopeName[] = ['files:read', 'files:write', 'account', 'admin'];
const lifetimes = ['never', '30', '90', '365'] as const;
const dayMs = 86_400_000;

/** Makes a token and shows its secret this one time. */
export function NewToken({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const admin = useSession((state) => state.me?.user.admin);
  const [kind, setKind] = useState<'app_password' | 'access_token'>('app_password');
  const [label, setLabel] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>(['files:write']);
  const [days, setDays] = useState<string | null>('never');
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const expiresAt = days === null || days === 'never' ? null : Date.now() + Number(days) * dayMs;
      const asked =
        kind === 'access_token' ? { scopes: scopes.filter((scope) => chosen.includes(scope)) } : {};
      setSecret(
        (await client.call('createToken', { body: { kind, label: label.trim(), expiresAt, ...asked } }))
          .secret,
      );
      void queryClient.invalidateQueries({ queryKey: keys.tokens });
    } catch (error) {
      tellError(error);
    }
    setBusy(false);
  };

  const frame = {
    opened: true,
    onClose,
    title: t('tokens.new'),
    closeButtonProps: { 'aria-label': t('common.close') },
  };
  if (secret !== null)
    return (
      <Modal {...frame} closeOnClickOutside={false}>
        <Secret secret={secret} onClose={onClose} />
      </Modal>
    );
  return (
    <Modal {...frame}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <SegmentedControl
            aria-label={t('tokens.kind')}
            value={kind}
            onChange={(value) => setKind(value === 'access_token' ? value : 'app_password')}
            data={[
              { value: 'app_password', label: t('tokens.app_password') },
              { value: 'access_token', label: t('tokens.access_token') },
            ]}
          />
          <TextInput
            data-autofocus
            label={t('tokens.label')}
            description={t(`tokens.${kind}Text`)}
            placeholder={t('tokens.labelExample')}
            required
            withAsterisk={false}
            maxLength={100}
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          {kind === 'access_token' && (
            <Checkbox.Group label={t('tokens.scopes')} value={[...chosen]} onChange={setChosen}>
              <Stack gap={6} mt={6}>
                {scopes
                  .filter((scope) => scope !== 'admin' || admin)
                  .map((scope) => (
                    <Checkbox key={scope} value={scope} label={scope} />
                  ))}
              </Stack>
            </Checkbox.Group>
          )}
          <Select
            label={t('tokens.lifetime')}
            value={days}
            onChange={setDays}
            allowDeselect={false}
            data={lifetimes.map((value) => ({
              value,
              label: value === 'never' ? t('tokens.noExpiry') : t('tokens.days', { count: Number(value) }),
            }))}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button
              type="submit"
              loading={busy}
              disabled={label.trim() === '' || (kind === 'access_token' && chosen.length === 0)}
            >
              {t('names.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Secret({ secret, onClose }: { readonly secret: string; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Alert icon={<IconEyeOff size={18} />}>{t('tokens.once')}</Alert>
      <TextInput
        label={t('tokens.secret')}
        value={secret}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        rightSection={
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <ActionIcon aria-label={t(copied ? 'common.copied' : 'common.copy')} onClick={copy}>
                {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              </ActionIcon>
            )}
          </CopyButton>
        }
      />
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('tokens.kept')}</Button>
      </Group>
    </Stack>
  );
}
