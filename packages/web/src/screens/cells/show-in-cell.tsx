import { Alert, Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import type { Node } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { cellsChanged, explainCell, manages, useCells } from './cell-queries.ts';
import { NewCell } from './new-cell.tsx';

interface Props {
  readonly node: Node;
  onClose(): void;
}

/** Has a file or folder show in a Cell that one manages, or in a new one. */
export default function ShowInCell({ node, onClose }: Props) {
  const { t } = useTranslation();
  const cells = useCells().data?.filter(manages);
  const [id, setId] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [making, setMaking] = useState(false);
  if (making) return <NewCell nodeIds={[node.id]} onClose={onClose} />;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (id === null) return;
    setBusy(true);
    try {
      const cell = await client.call('addCellMounts', { params: { id }, body: { nodeIds: [node.id] } });
      tell(t('cells.shown', { name: node.name, cell: cell.name }));
      cellsChanged();
      onClose();
    } catch (error) {
      setFault(explainCell(error));
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('cells.showTitle', { name: node.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {fault !== null && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          {cells?.length === 0 ? (
            <Text c="dimmed">{t('cells.showNone')}</Text>
          ) : (
            <Select
              label={t('cells.showPick')}
              data-autofocus
              searchable
              data={(cells ?? []).map((cell) => ({ value: cell.id, label: cell.name }))}
              value={id}
              onChange={setId}
            />
          )}
          <Group justify="space-between">
            <Button variant="subtle" onClick={() => setMaking(true)}>
              {t('cells.new')}
            </Button>
            <Button type="submit" loading={busy} disabled={id === null}>
              {t('cells.show')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
