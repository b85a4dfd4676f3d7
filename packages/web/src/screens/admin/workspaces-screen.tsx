import { ActionIcon, Badge, Button, Menu, Progress, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconArchive, IconDots, IconFolders, IconHexagons, IconPlus } from '@tabler/icons-react';
import type { AdminWorkspace } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../api/client.ts';
import { formatSize } from '../../i18n/format.ts';
import { tellCellError, useAdminWorkspaces } from '../cells/cell-queries.ts';
import { Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { AddRoot } from './workspaces/add-root.tsx';
import { PersonalTemplateCard } from './workspaces/personal-template.tsx';
import { DeleteDialog, EditDialog, workspacesChanged } from './workspace-dialogs.tsx';

type Open =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit' | 'root' | 'delete'; readonly workspace: AdminWorkspace };
/** Every workspace that is nobody's own, with what it holds. */
export default function WorkspacesScreen() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open | null>(null);
  const query = useAdminWorkspaces();
  const close = () => setOpen(null);
  return (
    <Page
      title={t('spaces.title')}
      tools={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ kind: 'new' })}>
          {t('spaces.new')}
        </Button>
      }
    >
      {query.isError && (
        <Failure icon={IconFolders} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={160} />}
      <ul className={`${css.list} ${css.rows}`} aria-label={t('spaces.title')}>
        {query.data?.map((workspace) => (
          <Row key={workspace.id} workspace={workspace} onOpen={setOpen} />
        ))}
      </ul>
      <div style={{ marginTop: 24 }}>
        <PersonalTemplateCard />
      </div>
      {open?.kind === 'new' && <EditDialog workspace={null} onClose={close} />}
      {open?.kind === 'edit' && <EditDialog workspace={open.workspace} onClose={close} />}
      {open?.kind === 'root' && (
        <AddRoot workspace={open.workspace} onAdded={workspacesChanged} onClose={close} />
      )}
      {open?.kind === 'delete' && <DeleteDialog workspace={open.workspace} onClose={close} />}
    </Page>
  );
}

function Row({ workspace, onOpen }: { readonly workspace: AdminWorkspace; onOpen(open: Open): void }) {
  const { t } = useTranslation();
  const { name, slug, kind, used, quota, archivedAt, owner, mounts, rootId } = workspace;
  const Sign = archivedAt !== null ? IconArchive : kind === 'cell' ? IconHexagons : IconFolders;
  const facts = [
    t(`spaces.kinds.${kind}`),
    slug,
    owner?.name,
    quota === null
      ? t('spaces.used', { used: formatSize(used) })
      : t('spaces.usedOf', { used: formatSize(used), quota: formatSize(quota) }),
    kind === 'shared' &&
      mounts.length > 0 &&
      t('spaces.roots', { names: mounts.map((mount) => mount.name ?? t('spaces.unknownRoot')).join(', ') }),
  ];
  const readable = workspace.permissions.includes('read') && kind !== 'cell';
  return (
    <li className={css.item}>
      <Sign size={26} stroke={1.5} aria-hidden="true" />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {readable ? <Link to={`/files/${rootId}`}>{name}</Link> : name}{' '}
          {archivedAt !== null && (
            <Badge size="sm" tt="none" color="gray" variant="light">
              {t('spaces.archived')}
            </Badge>
          )}
        </div>
        <div className={css.sub} style={{ whiteSpace: 'normal' }}>
          {facts.filter(Boolean).join(' · ')}
        </div>
        {quota !== null && quota > 0 && (
          <Progress
            size={4}
            mt={4}
            maw={320}
            value={(used / quota) * 100}
            color={used > quota * 0.9 ? 'red' : 'volvox'}
            aria-label={t('nav.storage')}
          />
        )}
      </div>
      {kind !== 'cell' && <Actions workspace={workspace} onOpen={onOpen} />}
    </li>
  );
}

function Actions({ workspace, onOpen }: { readonly workspace: AdminWorkspace; onOpen(open: Open): void }) {
  const { t } = useTranslation();
  const { id, name, archivedAt, kind, mounts } = workspace;
  const takeOut = (node: string) =>
    void client
      .call('adminRemoveMount', { params: { id, node } })
      .catch(tellCellError)
      .finally(workspacesChanged);
  const archive = (archived: boolean) =>
    void client
      .call('adminArchiveWorkspace', { params: { id }, body: { archived } })
      .catch(tellCellError)
      .finally(workspacesChanged);
  const ask = () =>
    modals.openConfirmModal({
      title: t('spaces.archiveTitle', { name }),
      children: <Text size="sm">{t('spaces.archiveText')}</Text>,
      labels: { confirm: t('spaces.archive'), cancel: t('common.cancel') },
      onConfirm: () => archive(true),
    });
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onOpen({ kind: 'edit', workspace })}>{t('common.edit')}</Menu.Item>
        {kind === 'shared' && archivedAt === null && (
          <Menu.Item onClick={() => onOpen({ kind: 'root', workspace })}>{t('spaces.rootNew')}</Menu.Item>
        )}
        {mounts.map((mount) => (
          <Menu.Item key={mount.nodeId} onClick={() => takeOut(mount.nodeId)}>
            {t('cells.removeMember', { name: mount.name ?? t('spaces.unknownRoot') })}
          </Menu.Item>
        ))}
        {kind === 'shared' && (
          <>
            <Menu.Item onClick={archivedAt === null ? ask : () => archive(false)}>
              {t(archivedAt === null ? 'spaces.archive' : 'spaces.unarchive')}
            </Menu.Item>
            <Menu.Item
              color="var(--mantine-color-error)"
              onClick={() => onOpen({ kind: 'delete', workspace })}
            >
              {t('spaces.delete')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
