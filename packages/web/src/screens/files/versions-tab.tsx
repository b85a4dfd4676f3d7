import { ActionIcon, Badge, Menu, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconDotsVertical, IconDownload, IconEye, IconRestore, IconTrash } from '@tabler/icons-react';
import type { Node, Version } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { useVersions } from '../../api/queries.ts';
import { queryClient } from '../../api/query-client.ts';
import { formatDateTime, formatSize } from '../../i18n/format.ts';
import { MoreButton } from '../more-button.tsx';
import css from './inspector.module.css';

/** Earlier contents of a file: look, take, bring back, remove. */
export function VersionsTab({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  const query = useVersions(node.id);
  const versions = query.data?.pages.flatMap((page) => page.items);
  if (!versions) return <Skeleton height={120} />;
  return (
    <>
      <ol className={css.feed} aria-label={t('details.versions')}>
        {versions.map((version) => (
          <li key={version.id} className={css.entry}>
            <div>
              <div className="tabular">
                {formatDateTime(version.createdAt)}{' '}
                {version.current && (
                  <Badge size="xs" variant="light" ml={4}>
                    {t('versions.current')}
                  </Badge>
                )}
              </div>
              <div className={`${css.when} tabular`}>{formatSize(version.size)}</div>
            </div>
            <VersionMenu node={node} version={version} />
          </li>
        ))}
      </ol>
      {versions.length === 1 && (
        <Text size="sm" c="dimmed" mt="sm">
          {t('versions.only')}
        </Text>
      )}
      <MoreButton query={query} />
    </>
  );
}

function VersionMenu({ node, version }: { readonly node: Node; readonly version: Version }) {
  const { t } = useTranslation();
  const [, setParams] = useSearchParams();
  const when = formatDateTime(version.createdAt);
  const writable = node.permissions.includes('write') && !version.current;

  const change = async (action: () => Promise<unknown>, done: string) => {
    try {
      await action();
      tell(done);
    } catch (error) {
      tellError(error);
    }
    for (const key of [
      keys.versions(node.id),
      keys.node(node.id),
      ...(node.parentId ? [keys.children(node.parentId)] : []),
    ])
      void queryClient.invalidateQueries({ queryKey: key });
  };
  const restore = () =>
    change(
      () => client.call('restoreVersion', { params: { id: node.id, version: version.id } }),
      t('versions.restored', { when }),
    );
  const remove = () =>
    modals.openConfirmModal({
      title: t('versions.deleteTitle'),
      children: <Text size="sm">{t('versions.deleteText', { when })}</Text>,
      labels: { confirm: t('common.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(
          () => client.call('deleteVersion', { params: { id: node.id, version: version.id } }),
          t('versions.deleted'),
        ),
    });
  const preview = () =>
    setParams((params) => {
      params.set('preview', node.id);
      params.set('version', version.id);
      return params;
    });

  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={34} aria-label={t('versions.actions', { when })}>
          <IconDotsVertical size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconEye size={16} />} onClick={preview}>
          {t('verbs.preview')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDownload size={16} />}
          component="a"
          href={client.url('downloadContent', {
            params: { id: node.id },
            query: { version: version.id, download: true },
          })}
          download={node.name}
        >
          {t('verbs.download')}
        </Menu.Item>
        {writable && (
          <>
            <Menu.Item leftSection={<IconRestore size={16} />} onClick={() => void restore()}>
              {t('versions.restore')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconTrash size={16} />}
              color="var(--mantine-color-error)"
              onClick={remove}
            >
              {t('common.delete')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
