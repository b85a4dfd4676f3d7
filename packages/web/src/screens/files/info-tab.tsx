import { ActionIcon, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatCount, formatDateTime, formatSize } from '../../i18n/format.ts';
import css from './inspector.module.css';

export function InfoTab({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  const facts: readonly (readonly [string, string])[] = [
    [t('details.type'), node.kind === 'folder' ? t('details.folder') : (node.mime ?? t('details.unknown'))],
    [
      t('files.size'),
      `${formatSize(node.size)}${node.size >= 1000 ? ` (${formatCount(node.size)} B)` : ''}${node.files === undefined ? '' : ` · ${t('details.files', { count: node.files })}`}`,
    ],
    [t('files.modified'), formatDateTime(node.modifiedAt)],
    [t('details.created'), formatDateTime(node.createdAt)],
    [t('details.rights'), node.permissions.map((name) => t(`details.right.${name}`)).join(', ')],
  ];
  return (
    <dl className={css.facts}>
      {node.path && (
        <div>
          <dt>{t('details.path')}</dt>
          <dd>
            <Group gap={6} wrap="nowrap" align="flex-start">
              <span style={{ overflowWrap: 'anywhere' }}>{node.path}</span>
              <CopyButton value={node.path}>
                {({ copied, copy }) => (
                  <ActionIcon size={26} aria-label={t('files.copyPath')} onClick={copy}>
                    {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                  </ActionIcon>
                )}
              </CopyButton>
            </Group>
          </dd>
        </div>
      )}
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="tabular">{value}</dd>
        </div>
      ))}
      {node.sha256 && (
        <div>
          <dt>SHA-256</dt>
          <dd className={css.hash}>{node.sha256}</dd>
        </div>
      )}
    </dl>
  );
}
