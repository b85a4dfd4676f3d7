import { NumberInput, Select, SimpleGrid, Switch } from '@mantine/core';
import type { Link } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import type { PartProps } from './link-draft.ts';

/** Who brings what. */
export function UploadSettings({ draft, onChange }: PartProps) {
  const { t } = useTranslation();
  const asks = [
    { value: 'no', label: t('links.askNo') },
    { value: 'optional', label: t('links.askOptional') },
    { value: 'required', label: t('links.askRequired') },
  ];
  const asked = (value: string | null) => (value ?? 'no') as Link['askName'];
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={t('links.askName')}
          allowDeselect={false}
          data={asks}
          value={draft.askName}
          onChange={(value) => onChange({ askName: asked(value) })}
        />
        <Select
          label={t('links.askEmail')}
          allowDeselect={false}
          data={asks}
          value={draft.askEmail}
          onChange={(value) => onChange({ askEmail: asked(value) })}
        />
        <NumberInput
          label={t('links.maxFileSize')}
          placeholder={t('links.unlimited')}
          min={0}
          hideControls
          value={draft.maxFileMb}
          onChange={(maxFileMb) => onChange({ maxFileMb })}
        />
      </SimpleGrid>
      <Switch
        label={t('links.subfolders')}
        checked={draft.subfolders}
        onChange={(event) => onChange({ subfolders: event.currentTarget.checked })}
      />
      <Switch
        label={t('links.notify')}
        checked={draft.notify}
        onChange={(event) => onChange({ notify: event.currentTarget.checked })}
      />
    </>
  );
}
