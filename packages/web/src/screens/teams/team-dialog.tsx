import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import type { Team } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { change } from './change.ts';

/** Name and description; `team: null` makes one. */
export function TeamDialog({ team, onClose }: { readonly team: Team | null; onClose(): void }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = {
      name: String(form.get('name') ?? '').trim(),
      description: String(form.get('description') ?? '').trim(),
    };
    const action =
      team === null
        ? client.call('createTeam', { body })
        : client.call('updateTeam', { params: { id: team.id }, body });
    setBusy(true);
    if (await change(action, t('teams.saved', { name: body.name }), [keys.teams])) onClose();
    else setBusy(false);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={team === null ? t('teams.new') : t('teams.edit')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            name="name"
            label={t('teams.name')}
            defaultValue={team?.name}
            required
            withAsterisk={false}
            maxLength={100}
            data-autofocus
            autoComplete="off"
          />
          <Textarea
            name="description"
            label={t('teams.description')}
            defaultValue={team?.description}
            maxLength={1000}
            autosize
            minRows={2}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
