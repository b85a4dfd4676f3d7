import { MultiSelect, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { listOf } from '../setting-text.ts';
import { useRoleNames } from './shown.ts';

interface Props {
  readonly list: { readonly of: 'text' | 'role'; readonly names: readonly string[]; readonly max: number };
  readonly text: string;
  readonly description: string;
  readonly error: string | null;
  onChange(text: string): void;
}

/** A list: roles are picked, other entries typed. */
export function ListInput({ list, text, description, error, onChange }: Props) {
  const { t } = useTranslation();
  const roles = useRoleNames();
  const value = listOf(text);
  const common = {
    label: t('admin.value'),
    description,
    error,
    value,
    onChange: (next: string[]) => onChange(JSON.stringify(next)),
    clearable: true,
    clearButtonProps: { 'aria-label': t('files.clear') },
    'data-autofocus': true,
  };
  if (list.of === 'text')
    return <TagsInput {...common} maxTags={list.max} splitChars={[]} acceptValueOnBlur />;
  // One that is gone stays in the list until it is taken out.
  const offered = [...new Set([...list.names, ...roles.ids, ...value])];
  return (
    <MultiSelect
      {...common}
      searchable
      maxValues={list.max}
      data={offered.map((id) => ({ value: id, label: roles.nameOf(id) }))}
    />
  );
}
