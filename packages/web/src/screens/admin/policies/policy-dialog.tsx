import { Alert, Checkbox, Group, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import type { ClientKind, PermissionName, Policy } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { tell } from '../../../api/notify.tsx';
import { rights } from '../../permissions/rights.ts';
import { bodyOf, draftOf, type PolicyDraft } from './draft.ts';
import { HoursFields } from './hours-fields.tsx';
import { explainPolicy, policiesChanged } from './queries.ts';
import { FormDialog } from '../../form-dialog.tsx';

interface Props {
  /** null: a new one. */
  readonly policy: Policy | null;
  onClose(): void;
}

const clients: readonly ClientKind[] = ['web', 'dav', 'api', 'link'];
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function PolicyDialog({ policy, onClose }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(policy, ownZone));
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<PolicyDraft>) => setDraft((was) => ({ ...was, ...part }));

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = bodyOf(draft);
    if (typeof body === 'string') return setFault(t(`policies.${body}`));
    setBusy(true);
    try {
      if (policy) await client.call('updatePolicy', { params: { id: policy.id }, body });
      else await client.call('createPolicy', { body });
      policiesChanged();
      tell(t('policies.saved'));
      onClose();
    } catch (error) {
      setFault(explainPolicy(error));
      setBusy(false);
    }
  };

  return (
    <FormDialog
      title={policy ? t('policies.edit', { name: policy.name }) : t('policies.add')}
      size="lg"
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        withAsterisk={false}
        label={t('policies.name')}
        maxLength={100}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t('policies.description')}
        maxLength={2000}
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <Checkbox.Group
        label={t('policies.denied')}
        value={[...draft.deny]}
        onChange={(deny) => change({ deny: deny as PermissionName[] })}
      >
        <Group mt={6}>
          {rights.map((name) => (
            <Checkbox key={name} value={name} label={t(`permissions.name.${name}`)} />
          ))}
        </Group>
      </Checkbox.Group>
      <Radio.Group
        label={t('policies.mode')}
        value={draft.mode}
        onChange={(mode) => change({ mode: mode === 'when' ? 'when' : 'unless' })}
      >
        <Stack gap={6} mt={6}>
          <Radio value="unless" label={t('policies.modes.unless')} />
          <Radio value="when" label={t('policies.modes.when')} />
        </Stack>
      </Radio.Group>
      <Conditions draft={draft} onChange={change} />
      {fault !== null && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
    </FormDialog>
  );
}

interface PartProps {
  readonly draft: PolicyDraft;
  onChange(part: Partial<PolicyDraft>): void;
}

function Conditions({ draft, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <Textarea
        label={t('policies.networks')}
        description={t('policies.networksText')}
        autosize
        minRows={1}
        maxRows={6}
        value={draft.networks}
        onChange={(event) => onChange({ networks: event.currentTarget.value })}
      />
      <Checkbox.Group
        label={t('policies.clients')}
        value={[...draft.clients]}
        onChange={(chosen) => onChange({ clients: chosen as ClientKind[] })}
      >
        <Group mt={6}>
          {clients.map((one) => (
            <Checkbox key={one} value={one} label={t(`policies.client.${one}`)} />
          ))}
        </Group>
      </Checkbox.Group>
      <HoursFields draft={draft} onChange={onChange} />
      <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
        <legend style={{ fontSize: 'var(--mantine-font-size-sm)', fontWeight: 500, padding: 0 }}>
          {t('policies.property')}
        </legend>
        <Group grow align="flex-start" mt={6}>
          <TextInput
            label={t('policies.propertyName')}
            description={t('policies.propertyNameText')}
            maxLength={600}
            value={draft.property}
            onChange={(event) => onChange({ property: event.currentTarget.value })}
          />
          <TextInput
            label={t('policies.propertyValue')}
            description={t('policies.propertyValueText')}
            maxLength={1000}
            value={draft.matches}
            onChange={(event) => onChange({ matches: event.currentTarget.value })}
          />
        </Group>
      </fieldset>
    </>
  );
}
