import { Button, Group, Modal, TextInput } from '@mantine/core';
import { isApiError } from '@volvox/client';
import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { createFolder, rename } from '../../api/mutations.ts';
import { explain } from '../../api/notify.tsx';
import { nameFault, stemLength } from './names.ts';
import type { Dialog } from './ui-store.ts';

interface Props {
  readonly dialog: Extract<Dialog, { kind: 'rename' | 'newFolder' }>;
  onClose(): void;
}

/** Asks for a name: of a new folder, or the new one of what is there. */
export function NameDialog({ dialog, onClose }: Props) {
  const { t } = useTranslation();
  const old = dialog.kind === 'rename' ? dialog.node.name : '';
  const [name, setName] = useState(old);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const fault = name === '' ? null : nameFault(name.trim());

  useEffect(() => {
    const timer = setTimeout(() => {
      input.current?.focus();
      input.current?.setSelectionRange(
        0,
        dialog.kind === 'rename' && dialog.node.kind === 'file' ? stemLength(old) : old.length,
      );
    });
    return () => clearTimeout(timer);
  }, [dialog, old]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === old) return onClose();
    setBusy(true);
    try {
      if (dialog.kind === 'rename') await rename(dialog.node, wanted);
      else await createFolder(dialog.parentId, wanted);
      onClose();
    } catch (failure) {
      setError(isApiError(failure, 'conflict') ? t('names.taken', { name: wanted }) : explain(failure));
      setBusy(false);
    }
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={t(dialog.kind === 'rename' ? 'names.renameTitle' : 'names.newFolderTitle')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          ref={input}
          data-autofocus
          label={t('names.name')}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setError(null);
          }}
          error={error ?? (fault && t(`names.${fault}`))}
          spellCheck={false}
          autoComplete="off"
        />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === '' || fault !== null}>
            {t(dialog.kind === 'rename' ? 'verbs.rename' : 'names.create')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
