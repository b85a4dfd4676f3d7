import { Combobox, Group, Loader, Text, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { IconSearch } from '@tabler/icons-react';
import type { Person } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { PersonAvatar } from './person-avatar.tsx';

interface Props {
  readonly label: string;
  /** Which kinds may be taken; all if not given. */
  readonly kinds?: readonly Person['kind'][];
  /** Ids that are not offered. */
  readonly without?: readonly string[];
  onPick(person: Person): void;
}

/** Finds people by the beginnings of their names while one types; what is picked is handed on and the field emptied. */
export function PersonPicker({ label, kinds, without = [], onPick }: Props) {
  const { t } = useTranslation();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 150);
  const query = useQuery({
    queryKey: [...keys.people, q],
    queryFn: ({ signal }) => client.call('searchPeople', { query: { q, limit: 20 }, signal }),
    enabled: q !== '',
    staleTime: 30_000,
  });
  const found = (query.data?.items ?? []).filter(
    (person) => (kinds?.includes(person.kind) ?? true) && !without.includes(person.id),
  );
  const pick = (id: string) => {
    const person = found.find((each) => each.id === id);
    if (!person) return;
    onPick(person);
    setText('');
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={pick}>
      <Combobox.Target>
        <TextInput
          label={label}
          leftSection={<IconSearch size={16} />}
          rightSection={query.isFetching ? <Loader size={16} /> : null}
          placeholder={t('people.keepTyping')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            combobox.openDropdown();
            combobox.updateSelectedOptionIndex();
          }}
          onFocus={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          autoComplete="off"
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={q === '' || query.isPending}>
        <Combobox.Options mah={280} style={{ overflowY: 'auto' }} aria-label={label}>
          {found.length === 0 && <Combobox.Empty>{t('people.nobody')}</Combobox.Empty>}
          {found.map((person) => (
            <Combobox.Option key={person.id} value={person.id}>
              <PersonLine person={person} />
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function PersonLine({ person }: { readonly person: Person }) {
  const { t } = useTranslation();
  const kind =
    person.kind === 'group'
      ? t('people.group')
      : person.kind === 'team'
        ? t('people.team')
        : person.guest
          ? t('people.guest')
          : null;
  return (
    <Group gap="sm" wrap="nowrap">
      <PersonAvatar {...person} size={30} />
      <div style={{ minWidth: 0 }}>
        <Text size="sm" truncate>
          {person.name}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {[kind, person.detail].filter(Boolean).join(' · ')}
        </Text>
      </div>
    </Group>
  );
}
