import { Button, Checkbox, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconRestore, IconTrash, IconTrashOff, IconTrashX } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useNavigate, useParams } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { purge, restore } from '../../api/mutations.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { useTrash, useWorkspaces } from '../../api/queries.ts';
import { queryClient } from '../../api/query-client.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { FolderPicker } from '../files/folder-picker.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { TrashRow } from './trash-row.tsx';

export function TrashScreen() {
  const { id } = useParams();
  const workspaces = useWorkspaces().data;
  const first = workspaces?.[0];
  if (!id) return first ? <Navigate to={`/trash/${first.id}`} replace /> : null;
  return <Trash key={id} workspaceId={id} />;
}

/** What was deleted: where from, when, until when it can be had back. */
function Trash({ workspaceId }: { readonly workspaceId: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const workspaces = useWorkspaces().data ?? [];
  const query = useTrash(workspaceId);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [placing, setPlacing] = useState<readonly Node[] | null>(null);
  const nodes = query.data?.pages.flatMap((page) => page.items) ?? [];
  const selected = nodes.filter((node) => chosen.has(node.id));

  const toggle = (id: string) =>
    setChosen((now) =>
      now.has(id) ? new Set([...now].filter((other) => other !== id)) : new Set([...now, id]),
    );
  const after = (action: Promise<void>) => void action.then(() => setChosen(new Set()));
  const forGood = (what: readonly Node[]) =>
    modals.openConfirmModal({
      title: t('trash.purgeTitle', { count: what.length }),
      children: <Text size="sm">{t('trash.purgeText')}</Text>,
      labels: { confirm: t('trash.purge'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => after(purge(what)),
    });
  const empty = () =>
    modals.openConfirmModal({
      title: t('trash.emptyTitle'),
      children: <Text size="sm">{t('trash.emptyText')}</Text>,
      labels: { confirm: t('trash.empty'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void emptyTrash(workspaceId, t('trash.emptied')),
    });

  const tools =
    selected.length > 0 ? (
      <>
        <span className="tabular">{t('files.selected', { count: selected.length })}</span>
        <Button
          variant="default"
          leftSection={<IconRestore size={16} />}
          onClick={() => after(restore(selected))}
        >
          {t('trash.restore')}
        </Button>
        <Button
          variant="default"
          c="var(--mantine-color-error)"
          leftSection={<IconTrashX size={16} />}
          onClick={() => forGood(selected)}
        >
          {t('trash.purge')}
        </Button>
      </>
    ) : (
      <Button
        variant="default"
        disabled={nodes.length === 0}
        leftSection={<IconTrashX size={16} />}
        onClick={empty}
      >
        {t('trash.empty')}
      </Button>
    );

  return (
    <Page title={t('trash.title')} tools={tools}>
      {workspaces.length > 1 && (
        <SegmentedControl
          mb="md"
          aria-label={t('nav.workspaces')}
          value={workspaceId}
          onChange={(id) => void navigate(`/trash/${id}`)}
          data={workspaces.map((workspace) => ({ value: workspace.id, label: workspace.name }))}
        />
      )}
      {query.isPending &&
        Array.from({ length: 4 }, (_, index) => <Skeleton key={index} height={44} my={10} radius="md" />)}
      {query.isError && (
        <Failure icon={IconTrashOff} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && nodes.length === 0 && (
        <Empty icon={IconTrash} title={t('trash.none')} text={t('trash.noneText')} />
      )}
      {nodes.length > 0 && (
        <>
          <Checkbox
            size="xs"
            mb={8}
            ml={8}
            label={t('files.selectAll')}
            checked={selected.length === nodes.length}
            indeterminate={selected.length > 0 && selected.length < nodes.length}
            onChange={() =>
              setChosen(selected.length === nodes.length ? new Set() : new Set(nodes.map((node) => node.id)))
            }
          />
          <ul className={`${css.list} ${css.rows}`} aria-label={t('trash.title')}>
            {nodes.map((node) => (
              <TrashRow
                key={node.id}
                node={node}
                selected={chosen.has(node.id)}
                onToggle={() => toggle(node.id)}
                onRestoreTo={() => setPlacing([node])}
                onPurge={() => forGood([node])}
              />
            ))}
          </ul>
        </>
      )}
      <MoreButton query={query} mt="md" />
      {placing && <FolderPicker verb="restore" nodes={placing} onClose={() => setPlacing(null)} />}
    </Page>
  );
}

async function emptyTrash(workspaceId: string, done: string): Promise<void> {
  try {
    await client.call('emptyTrash', { params: { id: workspaceId } });
    tell(done);
  } catch (error) {
    tellError(error);
  }
  void queryClient.invalidateQueries({ queryKey: keys.trash(workspaceId) });
  void queryClient.invalidateQueries({ queryKey: keys.workspaces });
}
