import { Group, Select, Textarea, TextInput } from '@mantine/core';
import type { AssignedRole } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { change } from '../../teams/change.ts';
import { groupOptions, useGroups } from '../groups/group-options.ts';
import { FormDialog } from '../../form-dialog.tsx';

type Auto = 'none' | 'group' | 'attribute';

/** Name, description and to whom the role comes by itself; `role: null` makes one. */
export function RoleDialog({ role, onClose }: { readonly role: AssignedRole | null; onClose(): void }) {
  const { t } = useTranslation();
  const groups = useGroups().data?.items ?? [];
  const [auto, setAuto] = useState<Auto>(role?.autoGroupId ? 'group' : role?.auto ? 'attribute' : 'none');
  const [groupId, setGroupId] = useState<string | null>(role?.autoGroupId ?? null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const body = {
      label: text('label'),
      description: text('description'),
      autoGroupId: auto === 'group' ? groupId : null,
      auto: auto === 'attribute' ? { attribute: text('attribute'), value: text('value') } : null,
    };
    setBusy(true);
    const action =
      role === null
        ? client.call('createRole', { body })
        : client.call('updateRole', { params: { id: role.id }, body });
    if (await change(action, t('roles.saved', { name: body.label }), [keys.roles])) onClose();
    else setBusy(false);
  };
  return (
    <FormDialog
      title={role === null ? t('roles.new') : t('roles.edit')}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="label"
        label={t('roles.name')}
        defaultValue={role?.label}
        required
        withAsterisk={false}
        maxLength={100}
        data-autofocus
        autoComplete="off"
      />
      <Textarea
        name="description"
        label={t('roles.description')}
        defaultValue={role?.description}
        maxLength={1000}
        autosize
        minRows={2}
      />
      <Select
        label={t('roles.auto')}
        value={auto}
        onChange={(value) => setAuto(value as Auto)}
        allowDeselect={false}
        data={[
          { value: 'none', label: t('roles.autoNone') },
          { value: 'group', label: t('roles.autoGroup') },
          { value: 'attribute', label: t('roles.autoAttribute') },
        ]}
      />
      {auto === 'group' && (
        <Select
          label={t('people.group')}
          data={groupOptions(groups)}
          value={groupId}
          onChange={setGroupId}
          searchable
          required
          withAsterisk={false}
        />
      )}
      {auto === 'attribute' && (
        <Group grow>
          <TextInput
            name="attribute"
            label={t('roles.attribute')}
            defaultValue={role?.auto?.attribute}
            required
            withAsterisk={false}
            maxLength={64}
            pattern="[A-Za-z][A-Za-z0-9_.:\-]*"
          />
          <TextInput
            name="value"
            label={t('roles.value')}
            defaultValue={role?.auto?.value}
            required
            withAsterisk={false}
            maxLength={200}
          />
        </Group>
      )}
    </FormDialog>
  );
}
