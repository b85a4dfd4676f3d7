import { ActionIcon, Badge, Text } from '@mantine/core';
import { IconFile, IconFolder, IconX } from '@tabler/icons-react';
import type { CellDetail } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { cellsChanged, manages, tellCellError } from './cell-queries.ts';

/** What a Cell shows of other homes. */
export function ShownCard({ cell }: { readonly cell: CellDetail }) {
  const { t } = useTranslation();
  const takeOut = (nodeId: string) =>
    void client
      .call('removeCellMount', { params: { id: cell.id, node: nodeId } })
      .catch(tellCellError)
      .finally(cellsChanged);
  return (
    <Card title={t('cells.shows')} text={t('cells.showsText')}>
      {cell.shown.length === 0 && <Text c="dimmed">{t('cells.showsNone')}</Text>}
      <ul className={css.list} aria-label={t('cells.shows')}>
        {cell.shown.map(({ nodeId, name, kind, addedBy, stale }) => (
          <li key={nodeId} className={css.item}>
            {kind === 'file' ? <IconFile size={26} stroke={1.4} /> : <IconFolder size={26} stroke={1.4} />}
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>
                {name ?? t('cells.gone')}{' '}
                {stale && (
                  <Badge size="sm" tt="none" color="orange" variant="light">
                    {t('share.stale')}
                  </Badge>
                )}
              </div>
              <div className={css.sub}>{addedBy && t('cells.addedBy', { name: addedBy.name })}</div>
            </div>
            {manages(cell) && (
              <ActionIcon
                size={36}
                aria-label={t('cells.removeMember', { name: name ?? t('cells.gone') })}
                onClick={() => takeOut(nodeId)}
              >
                <IconX size={17} />
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
