import { ActionIcon, Tooltip } from '@mantine/core';
import { IconFolderShare } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { formatDate, formatSize } from '../../i18n/format.ts';
import { FileIcon } from '../files/file-icon.tsx';
import css from '../page.module.css';

/** A file opens over the results; a folder opens; the button goes to where it lies. */
export function ResultRow({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  const { search } = useLocation();
  const params = new URLSearchParams(search);
  params.set('preview', node.id);
  const to = node.kind === 'folder' ? `/files/${node.id}` : { search: params.toString() };
  return (
    <li className={css.item}>
      <FileIcon node={node} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          <Link to={to}>{node.name}</Link>
        </div>
        <div className={`${css.sub} tabular`}>
          {[
            node.path?.slice(0, -node.name.length - 1),
            formatDate(node.modifiedAt),
            node.kind === 'file' ? formatSize(node.size) : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
      </div>
      {node.parentId && (
        <Tooltip label={t('search.showFolder')}>
          <ActionIcon
            component={Link}
            to={`/files/${node.parentId}`}
            size={36}
            aria-label={t('search.showFolderOf', { name: node.name })}
          >
            <IconFolderShare size={18} />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  );
}
