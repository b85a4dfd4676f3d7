import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Sorting, SortKey } from '../../api/queries.ts';
import { useFilesUi } from './ui-store.ts';
import css from './file-list.module.css';

interface HeaderProps {
  readonly allSelected: boolean;
  readonly someSelected: boolean;
  onSelectAll(): void;
}

/** The column heads: they sort, and choose all. */
export function ListHeader({ allSelected, someSelected, onSelectAll }: HeaderProps) {
  const { t } = useTranslation();
  const { sorting, sortBy } = useFilesUi();
  return (
    <div role="rowgroup">
      <div role="row" aria-rowindex={1} className={css.header}>
        <div role="columnheader" className={css.check}>
          <Checkbox
            size="xs"
            aria-label={t('files.selectAll')}
            checked={allSelected}
            indeterminate={someSelected && !allSelected}
            onChange={onSelectAll}
          />
        </div>
        <Column name="name" label={t('files.name')} sorting={sorting} onSort={sortBy} />
        <Column name="size" label={t('files.size')} sorting={sorting} onSort={sortBy} className={css.end} />
        <Column
          name="modified"
          label={t('files.modified')}
          sorting={sorting}
          onSort={sortBy}
          className={css.date}
        />
        <div role="columnheader">
          <span className="visually-hidden">{t('files.actions')}</span>
        </div>
      </div>
    </div>
  );
}

interface ColumnProps {
  readonly name: SortKey;
  readonly label: string;
  readonly sorting: Sorting;
  readonly className?: string | undefined;
  onSort(key: SortKey): void;
}

function Column({ name, label, sorting, className, onSort }: ColumnProps) {
  const active = sorting.sort === name;
  const Arrow = sorting.order === 'asc' ? IconArrowUp : IconArrowDown;
  return (
    <div
      role="columnheader"
      className={`${css.column} ${className ?? ''}`}
      aria-sort={active ? (sorting.order === 'asc' ? 'ascending' : 'descending') : 'none'}
    >
      <button type="button" className={css.sorter} onClick={() => onSort(name)}>
        {label}
        <Arrow size={13} style={{ visibility: active ? 'visible' : 'hidden' }} aria-hidden="true" />
      </button>
    </div>
  );
}
