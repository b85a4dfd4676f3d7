import { ActionIcon, Skeleton, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate, formatSize } from '../../i18n/format.ts';
import { previewKind } from '../../preview/kinds.ts';
import { FileIcon } from '../files/file-icon.tsx';
import { client } from './api.ts';
import css from './public.module.css';

interface Props {
  readonly items: readonly Node[];
  readonly waiting: boolean;
  readonly layout: 'list' | 'gallery';
  readonly empty: string;
  readonly mayDownload: boolean;
  onOpen(node: Node): void;
}

export function Items({ items, waiting, layout, empty, mayDownload, onOpen }: Props) {
  const { t } = useTranslation();
  if (waiting) return <Skeleton height={180} />;
  if (items.length === 0) return <Text c="dimmed">{empty}</Text>;
  if (layout === 'gallery')
    return (
      <ul className={`${css.gallery} ${css.sheet}`} aria-label={t('visit.files')}>
        {items.map((node) => (
          <li key={node.id}>
            <button type="button" className={css.tile} onClick={() => onOpen(node)}>
              <Thumb node={node} />
              <div className={css.name}>{node.name}</div>
              <div className={css.sub}>{formatSize(node.size)}</div>
            </button>
          </li>
        ))}
      </ul>
    );
  return (
    <ul className={`${css.list} ${css.sheet}`} aria-label={t('visit.files')}>
      {items.map((node) => (
        <li key={node.id} className={css.row}>
          <button type="button" className={css.item} onClick={() => onOpen(node)}>
            <FileIcon node={node} size={36} />
            <span className={css.name}>{node.name}</span>
            <span className={`${css.sub} ${css.size} tabular`}>
              {formatSize(node.size)} · {formatDate(node.modifiedAt)}
            </span>
          </button>
          {mayDownload && <Download node={node} />}
        </li>
      ))}
    </ul>
  );
}

export function hrefOf(node: Node): string {
  return node.kind === 'folder'
    ? client.url('downloadZip', { query: { ids: node.id, name: node.name } })
    : client.url('downloadContent', { params: { id: node.id }, query: { download: true } });
}

function Download({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      component="a"
      size={44}
      variant="subtle"
      color="gray"
      aria-label={t('visit.downloadOf', { name: node.name })}
      href={hrefOf(node)}
    >
      <IconDownload size={19} />
    </ActionIcon>
  );
}

/** Small pictures are made by the server; what it can't draw shows its sign. */
function Thumb({ node }: { readonly node: Node }) {
  const [broken, setBroken] = useState(false);
  const picture = node.kind === 'file' && previewKind(node) === 'image' && !broken;
  return (
    <div className={css.thumb}>
      {picture ? (
        <img
          src={client.url('linkPreview', { params: { id: node.id }, query: { size: 320 } })}
          alt=""
          loading="lazy"
          onError={() => setBroken(true)}
        />
      ) : (
        <FileIcon node={node} size={64} />
      )}
    </div>
  );
}
