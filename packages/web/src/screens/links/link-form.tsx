import { Alert, Button, Group, Select, SimpleGrid, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import type { Link } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { explainLink } from './link-address.ts';
import { changesOf, draftOf, type Draft, type May } from './link-draft.ts';
import { Limits } from './link-limits.tsx';
import { linksChanged } from './link-queries.ts';
import { PasswordSetting } from './link-password.tsx';
import { Recipients } from './link-recipients.tsx';
import { UploadSettings } from './link-uploads.tsx';

interface Props {
  readonly link: Link;
  readonly folder: boolean;
}

/** Every setting of a link, saved together. */
export function LinkForm({ link, folder }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(link));
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const onChange = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const part = { link, draft, onChange };
  const drop = draft.may === 'drop';
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      const next = await client.call('updateLink', { params: { id: link.id }, body: changesOf(link, draft) });
      setDraft(draftOf(next));
      tell(t('links.saved'));
    } catch (error) {
      setFault(explainLink(error));
    }
    setBusy(false);
    linksChanged();
  };
  const ways: { value: May; label: string }[] = [
    { value: 'preview', label: t('links.mayPreview') },
    { value: 'download', label: t('links.mayDownload') },
    ...(folder
      ? ([
          { value: 'both', label: t('links.mayBoth') },
          { value: 'drop', label: t('links.mayDrop') },
        ] as const)
      : []),
  ];
  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack gap="sm" mt="md">
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput
            label={t('links.label')}
            maxLength={200}
            value={draft.label}
            onChange={(event) => onChange({ label: event.currentTarget.value })}
          />
          {link.kind === 'link' && (
            <Select
              label={t('links.may')}
              description={draft.may === 'preview' ? t('links.mayPreviewText') : undefined}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              allowDeselect={false}
              data={ways}
              value={draft.may}
              onChange={(value) => onChange({ may: (value ?? 'download') as May })}
            />
          )}
          {!drop && (
            <Select
              label={t('links.layout')}
              allowDeselect={false}
              data={[
                { value: 'list', label: t('links.layoutList') },
                { value: 'gallery', label: t('links.layoutGallery') },
              ]}
              value={draft.layout === 'gallery' ? 'gallery' : 'list'}
              onChange={(value) => onChange({ layout: value === 'gallery' ? 'gallery' : 'list' })}
            />
          )}
          <PasswordSetting {...part} />
          <Limits {...part} />
        </SimpleGrid>
        <Textarea
          label={link.kind === 'request' ? t('links.wanted') : t('links.description')}
          autosize
          minRows={1}
          maxRows={6}
          maxLength={2000}
          value={draft.description}
          onChange={(event) => onChange({ description: event.currentTarget.value })}
        />
        <Textarea
          label={t('links.disclaimer')}
          autosize
          minRows={1}
          maxRows={6}
          maxLength={5000}
          value={draft.disclaimer}
          onChange={(event) => onChange({ disclaimer: event.currentTarget.value })}
        />
        <Switch
          label={t('links.showOwner')}
          checked={draft.showOwner}
          onChange={(event) => onChange({ showOwner: event.currentTarget.checked })}
        />
        {!drop && (
          <Switch
            label={t('links.watermark')}
            checked={draft.watermark}
            onChange={(event) => onChange({ watermark: event.currentTarget.checked })}
          />
        )}
        {(drop || draft.may === 'both') && <UploadSettings {...part} />}
        <Recipients {...part} />
        <Switch
          label={t('links.disabled')}
          checked={draft.disabled}
          onChange={(event) => onChange({ disabled: event.currentTarget.checked })}
        />
        {fault !== null && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
