import { Group, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { RemovablePill } from '../removable-pill.tsx';
import { linkStates, type LinkView } from './link-view.ts';

interface Props {
  readonly view: LinkView;
  /** Whether those of everybody are listed. */
  readonly all: boolean;
  onChange(change: Partial<LinkView>): void;
}

export function LinkFilters({ view, all, onChange }: Props) {
  const { t } = useTranslation();
  const search = all ? t('links.searchAll') : t('links.search');
  return (
    <>
      <Group mb="md" role="search" aria-label={search}>
        <TextInput
          type="search"
          flex={1}
          miw={180}
          leftSection={<IconSearch size={16} />}
          aria-label={search}
          placeholder={search}
          value={view.q}
          maxLength={200}
          onChange={(event) => onChange({ q: event.currentTarget.value })}
        />
        <Select
          aria-label={t('links.filterState')}
          placeholder={t('links.state.any')}
          clearable
          clearButtonProps={{ 'aria-label': t('links.state.any') }}
          data={linkStates.map((value) => ({ value, label: t(`links.state.${value}`) }))}
          value={view.state || null}
          onChange={(state) => onChange({ state: (state ?? '') as LinkView['state'] })}
        />
        <Select
          aria-label={t('links.filterKind')}
          placeholder={t('links.kind.any')}
          clearable
          clearButtonProps={{ 'aria-label': t('links.kind.any') }}
          data={[
            { value: 'link', label: t('links.kind.link') },
            { value: 'request', label: t('links.kind.request') },
          ]}
          value={view.kind || null}
          onChange={(kind) => onChange({ kind: (kind ?? '') as LinkView['kind'] })}
        />
      </Group>
      {all && view.owner !== '' && <OwnerPill id={view.owner} onRemove={() => onChange({ owner: '' })} />}
    </>
  );
}

function OwnerPill({ id, onRemove }: { readonly id: string; onRemove(): void }) {
  const { t } = useTranslation();
  const user = useQuery({
    queryKey: keys.user(id),
    queryFn: ({ signal }) => client.call('getUser', { params: { id }, signal }),
  }).data;
  const name = user ? user.displayName || user.login : '…';
  return (
    <RemovablePill removeLabel={t('links.everybody')} onRemove={onRemove} mb="md">
      {t('links.by', { name })}
    </RemovablePill>
  );
}
