import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { Person, User } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { RemovablePill } from '../../removable-pill.tsx';
import { change } from '../../teams/change.ts';
import { PersonPicker } from '../../teams/person-picker.tsx';

/** Asks who gets what was the user's. */
export function DeleteDialog({ user, onClose }: { readonly user: User; onClose(): void }) {
  const { t } = useTranslation();
  const [heir, setHeir] = useState<Person | null>(null);
  const [busy, setBusy] = useState(false);
  const name = user.displayName || user.login;
  const remove = async () => {
    setBusy(true);
    const query = heir === null ? {} : { handTo: heir.id };
    const action = client.call('deleteUser', { params: { id: user.id }, query });
    if (await change(action, t('admin.userDeleted', { name }), [keys.users, keys.groups])) onClose();
    else setBusy(false);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('users.delete', { name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm">{t('users.deleteText')}</Text>
        {heir === null ? (
          <PersonPicker label={t('users.handTo')} kinds={['user']} without={[user.id]} onPick={setHeir} />
        ) : (
          <Group gap="xs">
            <Text size="sm">{t('users.handTo')}</Text>
            <RemovablePill
              removeLabel={t('people.remove', { name: heir.name })}
              onRemove={() => setHeir(null)}
            >
              {heir.name}
            </RemovablePill>
          </Group>
        )}
        <Text size="xs" c="dimmed">
          {t('users.handToText')}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={busy} onClick={() => void remove()}>
            {t('common.delete')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
