import { Select, TextInput } from '@mantine/core';
import type { Group } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { change } from '../../teams/change.ts';
import { groupOptions, nameOf } from './group-options.ts';
import { FormDialog } from '../../form-dialog.tsx';

export type GroupTask =
  | { readonly kind: 'new'; readonly below: Group }
  | { readonly kind: 'rename' | 'move'; readonly group: Group };

interface Props {
  readonly task: GroupTask;
  readonly groups: readonly Group[];
  onClose(): void;
}

/** One field: the name of a group, or what it hangs below. */
export function GroupDialog({ task, groups, onClose }: Props) {
  const { t } = useTranslation();
  const [parentId, setParentId] = useState(task.kind === 'new' ? null : task.group.parentId);
  const [busy, setBusy] = useState(false);
  const title =
    task.kind === 'new'
      ? t('groups.newBelow', { name: nameOf(task.below) })
      : task.kind === 'rename'
        ? t('groups.rename')
        : t('groups.move');
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name') ?? '').trim();
    setBusy(true);
    const action =
      task.kind === 'new'
        ? client.call('createGroup', { body: { name, parentId: task.below.id } })
        : client.call('updateGroup', {
            params: { id: task.group.id },
            body: task.kind === 'rename' ? { name } : { parentId },
          });
    const shown = task.kind === 'move' ? task.group.name : name;
    if (await change(action, t('groups.saved', { name: shown }), [keys.groups])) onClose();
    else setBusy(false);
  };
  return (
    <FormDialog title={title} busy={busy} onSubmit={submit} onClose={onClose}>
      {task.kind === 'move' ? (
        <Select
          label={t('groups.moveTo', { name: task.group.name })}
          data={groupOptions(groups).filter((option) => option.value !== task.group.id)}
          value={parentId}
          onChange={setParentId}
          searchable
          allowDeselect={false}
          data-autofocus
        />
      ) : (
        <TextInput
          name="name"
          label={t('groups.name')}
          defaultValue={task.kind === 'rename' ? task.group.name : ''}
          required
          withAsterisk={false}
          maxLength={100}
          data-autofocus
          autoComplete="off"
        />
      )}
    </FormDialog>
  );
}
