import { Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { dayOf, endOfDay, tomorrow } from '../share/share-queries.ts';
import { cellColors } from './cell-queries.ts';

interface Values {
  readonly name: string;
  readonly description: string;
  readonly color: string;
  readonly endsAt: number | null;
}

/** What a Cell looks like and when it ends: the same fields for a new one and for its settings. */
export function CellFields({ values }: { readonly values?: Values }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <TextInput
        name="name"
        label={t('cells.name')}
        defaultValue={values?.name}
        required
        withAsterisk={false}
        maxLength={100}
        data-autofocus={values === undefined || undefined}
        autoComplete="off"
      />
      <Textarea
        name="description"
        label={t('cells.description')}
        defaultValue={values?.description}
        autosize
        minRows={1}
        maxRows={6}
        maxLength={2000}
      />
      <Select
        name="color"
        label={t('cells.color')}
        defaultValue={values?.color || 'green'}
        allowDeselect={false}
        data={cellColors.map((value) => ({ value, label: t(`cells.colors.${value}`) }))}
      />
      <TextInput
        name="ends"
        type="date"
        label={t('cells.ends')}
        description={t('cells.endsText')}
        defaultValue={dayOf(values?.endsAt ?? null)}
        min={values?.endsAt ? undefined : tomorrow()}
      />
    </Stack>
  );
}

export function readCell(form: HTMLFormElement) {
  const data = new FormData(form);
  const text = (name: string) => String(data.get(name) ?? '').trim();
  return {
    name: text('name'),
    description: text('description'),
    color: text('color'),
    endsAt: endOfDay(text('ends')),
  };
}
