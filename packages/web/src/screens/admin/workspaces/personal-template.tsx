import { Alert, Anchor, Button, Group, ScrollArea, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { PersonalTemplate } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../../api/client.ts';
import { explain, tell } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { useWorkspaces } from '../../../api/queries.ts';
import { formatSize } from '../../../i18n/format.ts';
import pickerCss from '../../files/folder-picker.module.css';
import { FolderTree, type Place } from '../../files/folder-tree.tsx';
import { FormDialog } from '../../form-dialog.tsx';
import { Card } from '../../page.tsx';

const key = ['personal-template'] as const;

/** Which folder's content personal workspaces begin with. */
export function PersonalTemplateCard() {
  const { t } = useTranslation();
  const [choosing, setChoosing] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => client.call('adminPersonalTemplate', { signal }),
  });
  const folder = query.data?.folder;
  const remove = () =>
    void choose(null).then(
      () => tell(t('spaces.templateRemoved')),
      (error: unknown) => setFault(explain(error)),
    );
  return (
    <Card title={t('spaces.template')} text={t('spaces.templateText')}>
      {query.isPending && <Skeleton height={36} />}
      {(query.isError || fault !== null) && (
        <Alert color="red" role="alert" mb="sm">
          {fault ?? explain(query.error)}
        </Alert>
      )}
      {query.data && (
        <Group justify="space-between" gap="sm">
          <Current template={query.data} />
          <Group gap="xs">
            <Button variant="default" onClick={() => setChoosing(true)}>
              {t('spaces.templateChoose')}
            </Button>
            {folder && (
              <Button variant="subtle" color="red" onClick={remove}>
                {t('spaces.templateRemove')}
              </Button>
            )}
          </Group>
        </Group>
      )}
      {choosing && <ChooseDialog onClose={() => setChoosing(false)} />}
    </Card>
  );
}

function Current({ template: { folder, fits } }: { readonly template: PersonalTemplate }) {
  const { t } = useTranslation();
  if (folder === null) return <Text size="sm">{t('spaces.templateNone')}</Text>;
  if (folder.path === null)
    return (
      <Text size="sm" c="red">
        {t('spaces.templateGone')}
      </Text>
    );
  return (
    <div style={{ minWidth: 0 }}>
      <Anchor component={Link} to={`/files/${folder.id}`} style={{ overflowWrap: 'anywhere' }}>
        {folder.path}
      </Anchor>
      <Text size="sm" c="dimmed">
        {t('spaces.templateHolds', { count: folder.files, size: formatSize(folder.size) })}
      </Text>
      {!fits && (
        <Text size="sm" c="red">
          {t('spaces.templateLarge')}
        </Text>
      )}
    </div>
  );
}

/** Folders of workspaces that are nobody's own. */
function ChooseDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const workspaces = useWorkspaces().data?.filter(({ kind }) => kind === 'common' || kind === 'shared') ?? [];
  const [place, setPlace] = useState<Place | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    if (place === null) return;
    setBusy(true);
    try {
      await choose(place.id);
      tell(t('spaces.templateSet'));
      onClose();
    } catch (error) {
      const unread = isApiError(error) && error.details['reason'] === 'readers';
      setFault(unread ? t('spaces.templateUnread') : explain(error));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={t('spaces.templateTitle')}
      fault={fault}
      busy={busy}
      disabled={place === null}
      verb={t('spaces.templateUse')}
      onSubmit={(event) => {
        event.preventDefault();
        return submit();
      }}
      onClose={onClose}
    >
      <ScrollArea.Autosize mah={380} mih={180} className={pickerCss.frame} viewportProps={{ tabIndex: -1 }}>
        <FolderTree
          roots={workspaces.map(({ rootId, name }) => ({ id: rootId, name, writable: true }))}
          chosen={place}
          forbidden={new Set()}
          onChoose={setPlace}
        />
      </ScrollArea.Autosize>
      <Text size="sm" c="dimmed" aria-live="polite">
        {place ? t('spaces.templateFrom', { name: place.name }) : t('picker.choose')}
      </Text>
    </FormDialog>
  );
}

async function choose(folderId: string | null): Promise<void> {
  queryClient.setQueryData(key, await client.call('adminSetPersonalTemplate', { body: { folderId } }));
}
