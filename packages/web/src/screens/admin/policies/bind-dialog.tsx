import { Alert, TextInput } from '@mantine/core';
import type { Policy } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { tell } from '../../../api/notify.tsx';
import { useAssignedRoles } from '../../../api/queries.ts';
import { PersonPicker } from '../../permissions/person-picker.tsx';
import { explainPolicy, nodeAt, policiesChanged } from './queries.ts';
import { FormDialog } from '../../form-dialog.tsx';

/** For whom and where a policy holds. */
export function BindDialog({ policy, onClose }: { readonly policy: Policy; onClose(): void }) {
  const { t } = useTranslation();
  const roles = (useAssignedRoles().data ?? []).map(({ id, label }) => ({
    roleId: id,
    name: label,
    detail: t('permissions.kind.assigned'),
  }));
  const [roleId, setRoleId] = useState<string | null>(null);
  const [path, setPath] = useState('/common');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (roleId === null) return;
    setBusy(true);
    try {
      const node = await nodeAt(path);
      if (node === null) setFault(t('policies.noPath'));
      else {
        await client.call('bindPolicy', { params: { id: policy.id, node, role: roleId } });
        policiesChanged();
        tell(t('policies.bound'));
        return onClose();
      }
    } catch (error) {
      setFault(explainPolicy(error));
    }
    setBusy(false);
  };
  return (
    <FormDialog
      title={t('policies.bindTitle', { name: policy.name })}
      busy={busy}
      disabled={roleId === null}
      verb={t('policies.bind')}
      onSubmit={submit}
      onClose={onClose}
    >
      <PersonPicker
        label={t('permissions.role')}
        placeholder={t('policies.rolePlaceholder')}
        others={roles}
        onChoose={(chosen) => setRoleId(chosen?.roleId ?? null)}
      />
      <TextInput
        label={t('policies.path')}
        description={t('policies.pathText')}
        required
        withAsterisk={false}
        value={path}
        onChange={(event) => setPath(event.currentTarget.value)}
      />
      {fault !== null && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
    </FormDialog>
  );
}
