import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useAssignedRoles } from '../../../api/queries.ts';
import { shownValue } from '../setting-text.ts';
import type { Setting } from './setting.ts';

/** What the fixed names and ids of roles are called. */
export function useRoleNames() {
  const { t } = useTranslation();
  const roles = new Map(useAssignedRoles().data?.map(({ id, label }) => [id, label]));
  return {
    ids: [...roles.keys()],
    nameOf: (id: string): string =>
      roles.get(id) ?? t(`settings.names.${id as 'admins'}`, { defaultValue: id }), // a newer server may have others
  };
}

/** A value to look at: of a role its name, of a choice what it is called in the reader's language. */
export function useShown(): (setting: Pick<Setting, 'type' | 'sensitive'>, value: unknown) => string {
  const { t } = useTranslation();
  const { nameOf } = useRoleNames();
  return ({ type, sensitive }, value) => {
    const text = shownValue(value);
    if (sensitive) return text === '' ? '' : t('settings.hidden');
    if (type.kind === 'switch') return value === true ? t('settings.on') : t('settings.off');
    if (type.kind === 'choice') return choiceName(t, text);
    if (type.kind !== 'list' || !Array.isArray(value)) return text;
    return value.map((each) => (type.of === 'role' ? nameOf(String(each)) : String(each))).join(', ');
  };
}

/** Names of protocols and languages are the same everywhere. */
export function choiceName(t: TFunction, choice: string): string {
  return t(`settings.choices.${choice as 'off'}`, { defaultValue: choice });
}

/** What a setting may be. */
export function limitsOf(t: TFunction, type: Setting['type']): string {
  const { kind } = type;
  if (kind === 'number') return t('settings.range', { min: String(type.min), max: String(type.max) });
  if (kind === 'text') return t('settings.length', { min: String(type.min), max: String(type.max) });
  if (kind !== 'list') return '';
  return type.of === 'role'
    ? t('settings.roles', { max: String(type.max) })
    : t('settings.texts', { max: String(type.max), length: String(type.length) });
}
