import { NumberInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PartProps } from './link-draft.ts';

/** How long, how often, and under which address. */
export function Limits({ draft, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        type="datetime-local"
        label={t('links.starts')}
        value={draft.startsAt}
        onChange={(event) => onChange({ startsAt: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label={t('links.ends')}
        value={draft.expiresAt}
        onChange={(event) => onChange({ expiresAt: event.currentTarget.value })}
      />
      {draft.may !== 'drop' && (
        <NumberInput
          label={t('links.maxDownloads')}
          placeholder={t('links.unlimited')}
          min={1}
          max={1_000_000}
          allowDecimal={false}
          hideControls
          value={draft.maxDownloads}
          onChange={(maxDownloads) => onChange({ maxDownloads })}
        />
      )}
      <TextInput
        label={t('links.slug')}
        description={t('links.slugRule')}
        pattern="[a-z0-9][a-z0-9\-]{2,62}"
        title={t('links.slugRule')}
        autoComplete="off"
        value={draft.slug}
        onChange={(event) => onChange({ slug: event.currentTarget.value.trim().toLowerCase() })}
      />
    </>
  );
}
