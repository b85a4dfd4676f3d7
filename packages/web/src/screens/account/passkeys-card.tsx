import { ActionIcon, Badge, Button, Group, Modal, Skeleton, Text, TextInput, Stack } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconFingerprint, IconPencil, IconPlus } from '@tabler/icons-react';
import type { Factors } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { t as say } from '../../i18n/index.ts';
import { hasPasskeys } from '../../session/passkey.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { tellFactorError } from './factor-errors.ts';
import { refreshFactors, useFactors } from './factors-card.tsx';
import { PasskeyForm } from './passkey-form.tsx';
import { passkeyText } from './passkey-text.ts';
import { RecoveryCodes } from './recovery-codes.tsx';

type Passkey = Factors['passkeys'][number];
type Dialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'rename'; readonly passkey: Passkey }
  | { readonly kind: 'codes'; readonly codes: readonly string[] };

export function PasskeysCard() {
  const { t } = useTranslation();
  const passkeys = useFactors()?.passkeys;
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const remove = async ({ id, name }: Passkey) => {
    try {
      await client.call('removePasskey', { params: { id } });
      tell(t('factors.passkeyRemoved', { name }));
    } catch (error) {
      tellFactorError(error);
    }
    refreshFactors();
  };
  const askRemove = (passkey: Passkey) =>
    modals.openConfirmModal({
      title: t('factors.passkeyRemoveTitle', { name: passkey.name }),
      children: <Text size="sm">{t('factors.passkeyRemoveText')}</Text>,
      labels: { confirm: t('factors.remove'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void remove(passkey),
    });
  const added = (codes: readonly string[] | null) => {
    tell(t('factors.passkeyAdded'));
    setDialog(codes ? { kind: 'codes', codes } : null);
    refreshFactors();
  };
  return (
    <Card
      title={t('factors.passkeys')}
      text={t('factors.passkeysText')}
      tools={
        hasPasskeys && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            onClick={() => setDialog({ kind: 'new' })}
          >
            {t('factors.passkeyAdd')}
          </Button>
        )
      }
    >
      {!passkeys && <Skeleton height={56} />}
      {passkeys?.length === 0 && (
        <Text c="dimmed">{hasPasskeys ? t('factors.passkeyNone') : t('factors.passkeyUnsupported')}</Text>
      )}
      <ul className={css.list}>
        {passkeys?.map((passkey) => (
          <PasskeyItem
            key={passkey.id}
            passkey={passkey}
            onRename={() => setDialog({ kind: 'rename', passkey })}
            onRemove={() => askRemove(passkey)}
          />
        ))}
      </ul>
      {dialog && (
        <Modal
          opened
          onClose={() => setDialog(null)}
          title={titleOf(dialog)}
          closeOnClickOutside={dialog.kind !== 'codes'}
          closeButtonProps={{ 'aria-label': t('common.close') }}
        >
          {dialog.kind === 'new' && <PasskeyForm onDone={added} />}
          {dialog.kind === 'rename' && (
            <RenameForm passkey={dialog.passkey} onClose={() => setDialog(null)} />
          )}
          {dialog.kind === 'codes' && (
            <RecoveryCodes codes={dialog.codes} leave={t('factors.kept')} onClose={() => setDialog(null)} />
          )}
        </Modal>
      )}
    </Card>
  );
}

function titleOf(dialog: Dialog): string {
  if (dialog.kind === 'new') return say('factors.passkeyAdd');
  if (dialog.kind === 'codes') return say('factors.recoveryTitle');
  return say('factors.passkeyRenameOf', { name: dialog.passkey.name });
}

function PasskeyItem({
  passkey,
  onRename,
  onRemove,
}: {
  readonly passkey: Passkey;
  onRename(): void;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  const { name, synced } = passkey;
  return (
    <li className={css.item}>
      <IconFingerprint size={22} stroke={1.6} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {name}{' '}
          {synced && (
            <Badge size="xs" variant="default" tt="none">
              {t('factors.synced')}
            </Badge>
          )}
        </div>
        <div className={css.sub}>{passkeyText(passkey)}</div>
      </div>
      <Group gap={6} wrap="nowrap">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('factors.passkeyRenameOf', { name })}
          onClick={onRename}
        >
          <IconPencil size={17} />
        </ActionIcon>
        <Button
          variant="default"
          size="xs"
          aria-label={t('factors.passkeyRemoveOf', { name })}
          onClick={onRemove}
        >
          {t('factors.remove')}
        </Button>
      </Group>
    </li>
  );
}

function RenameForm({ passkey, onClose }: { readonly passkey: Passkey; onClose(): void }) {
  const { t } = useTranslation();
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    try {
      await client.call('renamePasskey', { params: { id: passkey.id }, body: { name } });
      onClose();
    } catch (error) {
      tellError(error);
    }
    refreshFactors();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          name="name"
          label={t('factors.passkeyName')}
          defaultValue={passkey.name}
          required
          withAsterisk={false}
          maxLength={100}
          data-autofocus
        />
        <Button type="submit">{t('common.save')}</Button>
      </Stack>
    </form>
  );
}
