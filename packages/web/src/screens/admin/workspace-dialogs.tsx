/** The dialogs of an administrator about a workspace: a new one or its settings, and its end. */
import { NumberInput, Select, TextInput } from '@mantine/core';
import type { AdminWorkspace } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain, tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { explainCell } from '../cells/cell-queries.ts';
import { FormDialog } from '../form-dialog.tsx';

const gigabyte = 1e9;

/** What everybody may in a new workspace. */
const defaults = { nothing: [], read: ['read'], write: ['read', 'write'] } as const;
type Default = keyof typeof defaults;

export function workspacesChanged(): void {
  void queryClient.invalidateQueries({ queryKey: keys.adminWorkspaces });
  void queryClient.invalidateQueries({ queryKey: keys.workspaces });
}

interface DialogProps<W> {
  readonly workspace: W;
  onClose(): void;
}

export function EditDialog({ workspace, onClose }: DialogProps<AdminWorkspace | null>) {
  const { t } = useTranslation();
  const [quota, setQuota] = useState<number | string>(workspace?.quota ? workspace.quota / gigabyte : '');
  const [everybody, setEverybody] = useState<Default>('nothing');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name') ?? '').trim();
    const bytes = quota === '' ? null : Math.round(Number(quota) * gigabyte);
    setBusy(true);
    try {
      if (workspace === null)
        await client.call('createWorkspace', {
          body: { slug: String(form.get('slug')), name, quota: bytes, everybody: [...defaults[everybody]] },
        });
      else
        await client.call('updateWorkspace', { params: { id: workspace.id }, body: { name, quota: bytes } });
      tell(t('spaces.saved', { name }));
      workspacesChanged();
      onClose();
    } catch (error) {
      const told = isApiError(error, 'conflict') || isApiError(error, 'invalid_input');
      setFault(told ? error.message : explain(error));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={workspace?.name ?? t('spaces.new')}
      fault={fault}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="name"
        label={t('cells.name')}
        defaultValue={workspace?.name}
        required
        withAsterisk={false}
        maxLength={100}
        data-autofocus
        autoComplete="off"
      />
      {workspace === null && (
        <TextInput
          name="slug"
          label={t('spaces.slug')}
          description={t('spaces.slugText')}
          required
          withAsterisk={false}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
      {workspace === null && (
        <Select
          label={t('spaces.everybody')}
          description={t('spaces.everybodyText')}
          data={(Object.keys(defaults) as Default[]).map((value) => ({
            value,
            label: t(`spaces.everybodyMay.${value}`),
          }))}
          value={everybody}
          onChange={(value) => setEverybody((value ?? 'nothing') as Default)}
          allowDeselect={false}
        />
      )}
      <NumberInput
        label={t('spaces.quota')}
        placeholder={t('admin.noQuota')}
        value={quota}
        onChange={setQuota}
        min={0}
        decimalScale={3}
      />
    </FormDialog>
  );
}

export function DeleteDialog({ workspace, onClose }: DialogProps<AdminWorkspace>) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const query = { confirm: typed };
      await client.call('adminDeleteWorkspace', { params: { id: workspace.id }, query });
      tell(t('spaces.deleted', { name: workspace.name }));
      workspacesChanged();
      onClose();
    } catch (error) {
      setFault(explainCell(error));
    }
  };
  return (
    <FormDialog
      title={t('spaces.deleteTitle', { name: workspace.name })}
      fault={fault}
      disabled={typed !== workspace.slug}
      color="red"
      verb={t('spaces.delete')}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t('spaces.deleteText')}
        placeholder={workspace.slug}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}
