import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Group,
  Menu,
  Modal,
  NumberInput,
  Progress,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconArchive, IconDots, IconFolders, IconHexagons, IconPlus } from '@tabler/icons-react';
import type { AdminWorkspace } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain, tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { formatSize } from '../../i18n/format.ts';
import { explainCell, tellCellError, useAdminWorkspaces } from '../cells/cell-queries.ts';
import { Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';

type Open =
  { readonly kind: 'new' } | { readonly kind: 'edit' | 'delete'; readonly workspace: AdminWorkspace };
const gigabyte = 1e9;

function changed(): void {
  void queryClient.invalidateQueries({ queryKey: keys.adminWorkspaces });
  void queryClient.invalidateQueries({ queryKey: keys.workspaces });
}

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
      {open?.kind === 'new' && <EditDialog workspace={null} onClose={close} />}
      {open?.kind === 'edit' && <EditDialog workspace={open.workspace} onClose={close} />}
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
    void client.call('adminRemoveMount', { params: { id, node } }).catch(tellCellError).finally(changed);
  const archive = (archived: boolean) =>
    void client
      .call('adminArchiveWorkspace', { params: { id }, body: { archived } })
      .catch(tellCellError)
      .finally(changed);
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

interface DialogProps<W> {
  readonly workspace: W;
  onClose(): void;
}

function EditDialog({ workspace, onClose }: DialogProps<AdminWorkspace | null>) {
  const { t } = useTranslation();
  const [quota, setQuota] = useState<number | string>(workspace?.quota ? workspace.quota / gigabyte : '');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name') ?? '').trim();
    const bytes = quota === '' ? null : Math.round(Number(quota) * gigabyte);
    setBusy(true);
    try {
      if (workspace === null)
        await client.call('createWorkspace', {
          body: { slug: String(form.get('slug')), name, quota: bytes },
        });
      else
        await client.call('updateWorkspace', { params: { id: workspace.id }, body: { name, quota: bytes } });
      tell(t('spaces.saved', { name }));
      changed();
      onClose();
    } catch (error) {
      const told = isApiError(error, 'conflict') || isApiError(error, 'invalid_input');
      setFault(told ? error.message : explain(error));
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={workspace?.name ?? t('spaces.new')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {fault !== null && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          <TextInput
            name="name"
            label={t('cells.name')}
            defaultValue={workspace?.name}
            required
            withAsterisk={false}
            maxLength={100}
            data-autofocus
            autoComplete="off"
          />
          {workspace === null && (
            <TextInput
              name="slug"
              label={t('spaces.slug')}
              description={t('spaces.slugText')}
              required
              withAsterisk={false}
              pattern="[a-z0-9][a-z0-9\-]{0,62}"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          )}
          <NumberInput
            label={t('spaces.quota')}
            placeholder={t('admin.noQuota')}
            value={quota}
            onChange={setQuota}
            min={0}
            decimalScale={3}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DeleteDialog({ workspace, onClose }: DialogProps<AdminWorkspace>) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const query = { confirm: typed };
      await client.call('adminDeleteWorkspace', { params: { id: workspace.id }, query });
      tell(t('spaces.deleted', { name: workspace.name }));
      changed();
      onClose();
    } catch (error) {
      setFault(explainCell(error));
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('spaces.deleteTitle', { name: workspace.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {fault !== null && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          <TextInput
            label={t('spaces.deleteText')}
            placeholder={workspace.slug}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-autofocus
            autoComplete="off"
            spellCheck={false}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" color="red" disabled={typed !== workspace.slug}>
              {t('spaces.delete')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
