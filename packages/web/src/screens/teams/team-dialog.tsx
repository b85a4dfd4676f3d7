import { Textarea, TextInput } from '@mantine/core';
import type { Team } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { change } from './change.ts';
import { FormDialog } from '../form-dialog.tsx';

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
    <FormDialog
      title={team === null ? t('teams.new') : t('teams.edit')}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
