import { ActionIcon, Button, Checkbox, Group, Menu } from '@mantine/core';
import { IconDots, IconFolderSymlink, IconRestore, IconTrashX } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { restore } from '../../api/mutations.ts';
import { formatDateTime, formatRelative, formatSize } from '../../i18n/format.ts';
import { FileIcon } from '../files/file-icon.tsx';
import css from '../page.module.css';

interface Props {
  readonly node: Node;
  readonly selected: boolean;
  onToggle(): void;
  onRestoreTo(): void;
  onPurge(): void;
}

export function TrashRow({ node, selected, onToggle, onRestoreTo, onPurge }: Props) {
  const { t } = useTranslation();
  const { name, trashed } = node;
  const facts = trashed
    ? [
        t('trash.from', { path: trashed.from }),
        t('trash.at', { when: formatRelative(trashed.at) }),
        trashed.purgeAt === null ? '' : t('trash.until', { when: formatRelative(trashed.purgeAt) }),
      ]
    : [];
  return (
    <li className={css.item} data-selected={selected || undefined}>
      <Group gap="sm" wrap="nowrap">
        <Checkbox size="xs" checked={selected} onChange={onToggle} aria-label={t('files.select', { name })} />
        <FileIcon node={node} />
      </Group>
      <div style={{ minWidth: 0 }}>
        <div className={css.name} title={name}>
          {name}
        </div>
        <div className={css.sub} title={trashed && formatDateTime(trashed.at)}>
          {[...facts, node.size > 0 ? formatSize(node.size) : ''].filter(Boolean).join(' · ')}
        </div>
      </div>
      <div className={css.tools}>
        <Button
          variant="subtle"
          size="compact-sm"
          h={32}
          leftSection={<IconRestore size={16} />}
          onClick={() => void restore([node])}
          aria-label={t('trash.restoreName', { name })}
          visibleFrom="sm"
        >
          {t('trash.restore')}
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconRestore size={16} />} onClick={() => void restore([node])}>
              {t('trash.restore')}
            </Menu.Item>
            <Menu.Item leftSection={<IconFolderSymlink size={16} />} onClick={onRestoreTo}>
              {t('trash.restoreTo')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconTrashX size={16} />}
              color="var(--mantine-color-error)"
              onClick={onPurge}
            >
              {t('trash.purge')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </li>
  );
}
