import { Alert, Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import type { Node } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { useSession } from '../../session/store.ts';
import { cellsChanged, explainCell, manages, useAdminWorkspaces, useCells } from './cell-queries.ts';
import { NewCell } from './new-cell.tsx';

interface Props {
  readonly node: Node;
  onClose(): void;
}

const optionOf = ({ id, name }: { readonly id: string; readonly name: string }) => ({
  value: id,
  label: name,
});

/** Has a file or folder show in a Cell that one manages, or in a new one. */
export default function ShowInCell({ node, onClose }: Props) {
  const { t } = useTranslation();
  const admin = useSession((state) => state.me?.user.admin === true);
  const cells = useCells().data?.filter(manages);
  // Administrators show folders in the workspaces they made, as further roots.
  const spaces = useAdminWorkspaces(admin).data?.filter(
    ({ kind, archivedAt }) => kind === 'shared' && archivedAt === null,
  );
  const places = [...(cells ?? []), ...(spaces ?? [])];
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
      if (cells?.some((cell) => cell.id === id))
        await client.call('addCellMounts', { params: { id }, body: { nodeIds: [node.id] } });
      else await client.call('adminAddMount', { params: { id }, body: { nodeId: node.id } });
      const cell = places.find((place) => place.id === id)?.name ?? '';
      tell(t('cells.shown', { name: node.name, cell }));
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
          {cells && places.length === 0 ? (
            <Text c="dimmed">{t('cells.showNone')}</Text>
          ) : (
            <Select
              label={t('cells.showPick')}
              data-autofocus
              searchable
              data={[
                { group: t('cells.title'), items: (cells ?? []).map(optionOf) },
                ...(spaces?.length ? [{ group: t('spaces.title'), items: spaces.map(optionOf) }] : []),
              ]}
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
