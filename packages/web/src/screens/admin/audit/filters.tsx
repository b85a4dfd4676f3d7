import { Group, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { areaName, areas } from './areas.ts';
import type { AuditView } from './audit-filter.ts';

export function Filters({
  view,
  onChange,
}: {
  readonly view: AuditView;
  onChange(change: Partial<AuditView>): void;
}) {
  const { t } = useTranslation();
  return (
    <Group role="search" aria-label={t('audit.find')} gap="sm" align="flex-end" mt="lg">
      <TextInput
        type="search"
        style={{ flex: '1 1 220px' }}
        leftSection={<IconSearch size={16} />}
        placeholder={t('audit.find')}
        aria-label={t('audit.find')}
        value={view.q}
        maxLength={200}
        onChange={(event) => onChange({ q: event.currentTarget.value })}
      />
      <Select
        w={190}
        clearable
        searchable
        placeholder={t('audit.allAreas')}
        aria-label={t('audit.area')}
        data={areas.map((area) => ({ value: area, label: areaName(area) }))}
        value={view.area === '' ? null : view.area}
        onChange={(area) => onChange({ area: area ?? '' })}
        clearButtonProps={{ 'aria-label': t('audit.allAreas') }}
      />
      <TextInput
        w={150}
        placeholder={t('audit.address')}
        aria-label={t('audit.address')}
        value={view.address}
        maxLength={64}
        onChange={(event) => onChange({ address: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t('audit.from')}
        value={view.from}
        onChange={(event) => onChange({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t('audit.to')}
        value={view.to}
        onChange={(event) => onChange({ to: event.currentTarget.value })}
      />
    </Group>
  );
}
