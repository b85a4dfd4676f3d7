import { SegmentedControl, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { Node, PermissionName } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { explain, tell } from '../../api/notify.tsx';
import { PersonPicker } from './person-picker.tsx';
import css from './permissions.module.css';
import { draftOf, rights, ruleOf, type RightState, type RuleDraft } from './rights.ts';
import { RulePreviewList } from './rule-preview-list.tsx';
import { saveRule } from './rule-queries.ts';
import { FormDialog } from '../form-dialog.tsx';

export interface EditedRule {
  readonly roleId: string;
  readonly roleName: string;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
}

interface Props {
  readonly node: Node;
  /** null: a new one. */
  readonly rule: EditedRule | null;
  onClose(): void;
}

const readOnly: RuleDraft = { read: 'allow', write: 'none', share: 'none', manage: 'none' };

/** Says per right whether it is allowed, denied or not said, and shows whose rights that would change before it is saved. */
export function RuleDialog({ node, rule, onClose }: Props) {
  const { t } = useTranslation();
  const [role, setRole] = useState(rule === null ? null : { id: rule.roleId, name: rule.roleName });
  const [draft, setDraft] = useState<RuleDraft>(rule === null ? readOnly : draftOf(rule));
  const [settled] = useDebouncedValue(draft, 250);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const said = rights.some((name) => draft[name] !== 'none');

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (role === null) return;
    setBusy(true);
    try {
      await saveRule(node, { roleId: role.id, ...ruleOf(draft) });
      tell(t('permissions.saved', { name: role.name }));
      onClose();
    } catch (failure) {
      setError(isApiError(failure, 'invalid_input') ? failure.message : explain(failure));
      setBusy(false);
    }
  };

  return (
    <FormDialog
      title={
        rule === null
          ? t('permissions.newTitle', { name: node.name })
          : t('permissions.editTitle', { name: rule.roleName })
      }
      fault={error}
      busy={busy}
      disabled={role === null}
      onSubmit={submit}
      onClose={onClose}
    >
      {rule === null && (
        <PersonPicker
          label={t('permissions.role')}
          placeholder={t('permissions.rolePlaceholder')}
          onChoose={(person) => setRole(person && { id: person.roleId, name: person.name })}
        />
      )}
      <States draft={draft} onChange={setDraft} />
      <Text size="xs" c="dimmed">
        {said ? t('permissions.stateHelp') : t('permissions.empty')}
      </Text>
      {role !== null && <RulePreviewList nodeId={node.id} change={{ roleId: role.id, ...ruleOf(settled) }} />}
    </FormDialog>
  );
}

function States({ draft, onChange }: { readonly draft: RuleDraft; onChange(draft: RuleDraft): void }) {
  const { t } = useTranslation();
  const states: readonly RightState[] = ['none', 'allow', 'deny'];
  return (
    <div className={css.states}>
      {rights.map((name) => {
        const right = t(`permissions.name.${name}`);
        return [
          <Text key={`${name}-name`} size="sm" component="span" aria-hidden="true">
            {right}
          </Text>,
          <SegmentedControl
            key={name}
            size="xs"
            aria-label={t('permissions.stateOf', { right })}
            data={states.map((value) => ({ value, label: t(`permissions.state.${value}`) }))}
            value={draft[name]}
            onChange={(value) => onChange({ ...draft, [name]: value as RightState })}
          />,
        ];
      })}
    </div>
  );
}
