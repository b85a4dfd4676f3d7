import { ScrollArea, Text } from '@mantine/core';
import type { AdminWorkspace } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { tell } from '../../../api/notify.tsx';
import { useWorkspaces } from '../../../api/queries.ts';
import { explainCell } from '../../cells/cell-queries.ts';
import pickerCss from '../../files/folder-picker.module.css';
import { FolderTree, type Place } from '../../files/folder-tree.tsx';
import { FormDialog } from '../../form-dialog.tsx';

interface Props {
  readonly workspace: AdminWorkspace;
  onAdded(): void;
  onClose(): void;
}

/** Has a folder of another workspace show in this one too. Neither what is received nor the workspace itself can. */
export function AddRoot({ workspace, onAdded, onClose }: Props) {
  const { t } = useTranslation();
  const others = useWorkspaces().data?.filter(({ id, kind }) => id !== workspace.id && kind !== 'received');
  const [place, setPlace] = useState<Place | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    if (place === null) return;
    setBusy(true);
    try {
      await client.call('adminAddMount', { params: { id: workspace.id }, body: { nodeId: place.id } });
      tell(t('spaces.rootAdded', { name: place.name, workspace: workspace.name }));
      onAdded();
      onClose();
    } catch (error) {
      setFault(explainCell(error));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={t('spaces.rootTitle', { name: workspace.name })}
      fault={fault}
      busy={busy}
      disabled={place === null}
      verb={t('spaces.rootAdd')}
      onSubmit={(event) => {
        event.preventDefault();
        return submit();
      }}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {t('spaces.rootText')}
      </Text>
      <ScrollArea.Autosize mah={380} mih={180} className={pickerCss.frame} viewportProps={{ tabIndex: -1 }}>
        <FolderTree
          roots={(others ?? []).map(({ rootId, name }) => ({ id: rootId, name, writable: true }))}
          chosen={place}
          forbidden={new Set(workspace.mounts.map(({ nodeId }) => nodeId))}
          onChoose={setPlace}
        />
      </ScrollArea.Autosize>
      <Text size="sm" c="dimmed" aria-live="polite">
        {place ? t('spaces.rootChosen', { name: place.name }) : t('picker.choose')}
      </Text>
    </FormDialog>
  );
}
