import { Button, Group, Modal, ScrollArea, Text, TextInput } from '@mantine/core';
import { IconFolderPlus } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { createFolder, restore, transfer } from '../../api/mutations.ts';
import { tellError } from '../../api/notify.tsx';
import { useWorkspaces } from '../../api/queries.ts';
import { FolderTree, type Place } from './folder-tree.tsx';
import css from './folder-picker.module.css';

interface Props {
  readonly verb: 'move' | 'copy' | 'restore';
  readonly nodes: readonly Node[];
  onClose(): void;
}

/** Where to: the folders only, opened as needed, with a way to make a new one. */
export function FolderPicker({ verb, nodes, onClose }: Props) {
  const { t } = useTranslation();
  const workspaces = useWorkspaces().data ?? [];
  const [place, setPlace] = useState<Place | null>(null);
  const [naming, setNaming] = useState(false);
  const moved = new Set(nodes.map((node) => node.id));
  const here = verb === 'move' && nodes.every((node) => node.parentId === place?.id);
  const ready = place !== null && place.writable && !here;

  const go = () => {
    if (!place) return;
    onClose();
    if (verb === 'restore') void restore(nodes, place.id);
    else void transfer(verb, nodes, place);
  };

  return (
    <Modal
      opened
      onClose={onClose}
      size="md"
      title={t(`picker.${verb}`, { count: nodes.length, name: nodes[0]?.name ?? '' })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <ScrollArea.Autosize mah={380} mih={220} className={css.frame} viewportProps={{ tabIndex: -1 }}>
        <FolderTree
          roots={workspaces.map((workspace) => ({
            id: workspace.rootId,
            name: workspace.name,
            writable: workspace.permissions.includes('write'),
          }))}
          chosen={place}
          forbidden={verb === 'copy' ? new Set() : moved}
          onChoose={setPlace}
        />
      </ScrollArea.Autosize>
      <Text size="sm" c="dimmed" mt="xs" mih="1.5em" aria-live="polite">
        {place
          ? here
            ? t('picker.here')
            : place.writable
              ? t('picker.into', { name: place.name })
              : t('picker.readOnly')
          : t('picker.choose')}
      </Text>
      {naming && place && (
        <NewFolder
          parent={place}
          onDone={(made) => {
            setNaming(false);
            if (made) setPlace(made);
          }}
        />
      )}
      <Group justify="space-between" mt="md">
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconFolderPlus size={16} />}
          disabled={!place?.writable || naming}
          onClick={() => setNaming(true)}
        >
          {t('new.folder')}
        </Button>
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button disabled={!ready} onClick={go}>
            {t(`picker.${verb}Here`)}
          </Button>
        </Group>
      </Group>
    </Modal>
  );
}

function NewFolder({ parent, onDone }: { readonly parent: Place; onDone(made: Place | null): void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const node = await createFolder(parent.id, name.trim());
      onDone({ id: node.id, name: node.name, writable: true });
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Group gap="xs" mt="xs" wrap="nowrap">
        <TextInput
          autoFocus
          flex={1}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          placeholder={t('names.folderName')}
          aria-label={t('names.folderName')}
        />
        <Button type="submit" disabled={name.trim() === ''}>
          {t('names.create')}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => onDone(null)}>
          {t('common.cancel')}
        </Button>
      </Group>
    </form>
  );
}
