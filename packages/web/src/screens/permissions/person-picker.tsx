import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { Person } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePeople } from './rule-queries.ts';

/** Something with a role that the search for people does not know. */
type Other = Pick<Person, 'roleId' | 'name' | 'detail'>;

interface Props<Extra extends Other> {
  readonly label: string;
  readonly placeholder: string;
  /** People only, no groups and teams. */
  readonly peopleOnly?: boolean;
  /** Offered beside who is found, by any part of the name; all of them while nothing is typed. */
  readonly others?: readonly Extra[];
  onChoose(chosen: Person | NoInfer<Extra> | null): void;
}

/** Finds people, groups and teams by the beginnings of their names. */
export function PersonPicker<Extra extends Other = never>({
  label,
  placeholder,
  peopleOnly = false,
  others = [],
  onChoose,
}: Props<Extra>) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Person | Extra | null>(null);
  const [q] = useDebouncedValue(text.trim(), 200);
  const people = (usePeople(q === chosen?.name ? '' : q).data ?? []).filter(
    (person) => !peopleOnly || person.kind === 'user',
  );
  const fitting = others.filter(({ name }) => name.toLocaleLowerCase().includes(q.toLocaleLowerCase()));
  const found = [...people, ...fitting];
  const shown =
    chosen === null || found.some(({ roleId }) => roleId === chosen.roleId) ? found : [chosen, ...found];
  const nameOf = (person: Other): string =>
    person.detail === null || person.detail === person.name
      ? person.name
      : `${person.name} (${person.detail})`;
  return (
    <Select
      label={label}
      placeholder={placeholder}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('common.close') }}
      data={shown.map((person) => ({ value: person.roleId, label: nameOf(person) }))}
      filter={({ options }) => options}
      nothingFoundMessage={q === '' ? t('permissions.typeToFind') : t('permissions.nobodyFound')}
      value={chosen?.roleId ?? null}
      searchValue={text}
      onSearchChange={setText}
      onChange={(roleId) => {
        const person = shown.find((one) => one.roleId === roleId) ?? null;
        setChosen(person);
        onChoose(person);
      }}
    />
  );
}
