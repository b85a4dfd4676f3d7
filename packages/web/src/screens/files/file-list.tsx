import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sorting, SortKey } from '../../api/queries.ts';
import { FileRow, type RowHandlers } from './file-row.tsx';
import { countChosen, isChosen, type Selection } from './selection.ts';
import { useFilesUi } from './ui-store.ts';
import type { Listing } from './use-listing.ts';
import css from './file-list.module.css';

interface Props {
  readonly label: string;
  readonly placeId: string;
  readonly listing: Listing;
  readonly selection: Selection;
  readonly phone: boolean;
  readonly handlers: RowHandlers;
  readonly empty: ReactNode;
  readonly gridRef: RefObject<HTMLDivElement | null>;
  onKeyDown(event: KeyboardEvent): void;
  onSelectAll(): void;
  onMenu(x: number, y: number): void;
}

/** Where each folder was scrolled to, so that going back shows what was shown. */
const scrolled = new Map<string, number>();

/** The rows in sight of as many as there are; unloaded ones keep their place as outlines. */
export function FileList({
  label,
  placeId,
  listing,
  selection,
  phone,
  handlers,
  empty,
  gridRef,
  onKeyDown,
  onSelectAll,
  onMenu,
}: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const height = phone ? 62 : 44;
  const { slots, pending, loadRange } = listing;
  const total = slots.length;
  const chosen = countChosen(selection, total);
  const count = pending ? 8 : total;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => height,
    overscan: 10,
    initialOffset: scrolled.get(placeId) ?? 0,
    onChange: (instance) => scrolled.set(placeId, instance.scrollOffset ?? 0),
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => loadRange(first, last));
  useEffect(() => virtual.measure(), [virtual, height]);

  const cursorAt = selection.cursor === null ? -1 : slots.findIndex((row) => row?.id === selection.cursor);
  useEffect(() => {
    if (cursorAt >= 0) virtual.scrollToIndex(cursorAt, { align: 'auto' });
    // scrolling follows the cursor only; live changes must not move the list
  }, [selection.cursor, cursorAt >= 0]);

  if (!pending && total === 0) {
    return (
      <div ref={gridRef} className={css.grid} tabIndex={-1} onKeyDown={onKeyDown}>
        {empty}
      </div>
    );
  }
  return (
    <div
      ref={gridRef}
      role="grid"
      className={css.grid}
      tabIndex={0}
      aria-label={label}
      aria-rowcount={pending ? -1 : total + 1}
      aria-colcount={phone ? 3 : 5}
      aria-multiselectable
      aria-busy={pending}
      aria-activedescendant={
        shown.some((row) => slots[row.index]?.id === selection.cursor) ? `row-${selection.cursor}` : undefined
      }
      data-some={chosen > 0 || undefined}
      onKeyDown={onKeyDown}
    >
      <Header
        allSelected={total > 0 && chosen >= total}
        someSelected={chosen > 0}
        onSelectAll={onSelectAll}
      />
      <div
        ref={scroll}
        className={css.body}
        role="rowgroup"
        onContextMenu={(event) => {
          if (event.defaultPrevented || event.target !== event.currentTarget) return;
          event.preventDefault();
          onMenu(event.clientX, event.clientY);
        }}
      >
        <div className={css.rows} role="presentation" style={{ height: virtual.getTotalSize() }}>
          {shown.map((item) => {
            const node = pending ? undefined : slots[item.index];
            if (!node)
              return (
                <Ghost
                  key={`ghost-${item.index}`}
                  index={item.index}
                  top={item.start}
                  height={height}
                  phone={phone}
                />
              );
            return (
              <FileRow
                key={node.id}
                node={node}
                index={item.index}
                top={item.start}
                height={height}
                selected={isChosen(selection, node.id)}
                cursor={selection.cursor === node.id}
                phone={phone}
                handlers={handlers}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface HeaderProps {
  readonly allSelected: boolean;
  readonly someSelected: boolean;
  onSelectAll(): void;
}

function Header({ allSelected, someSelected, onSelectAll }: HeaderProps) {
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

function Ghost({
  index,
  top,
  height,
  phone,
}: {
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly phone: boolean;
}) {
  const width = `${30 + ((index * 37) % 40)}%`;
  return (
    <div className={css.ghost} style={{ transform: `translateY(${top}px)`, height }} aria-hidden="true">
      {!phone && <span />}
      <span className={css.name}>
        <i style={{ width: phone ? 38 : 30, height: phone ? 38 : 30, borderRadius: 9, flex: 'none' }} />
        <i style={{ width }} />
      </span>
      {!phone && (
        <>
          <i style={{ width: 52, justifySelf: 'end' }} />
          <i style={{ width: 70, marginLeft: 32 }} />
        </>
      )}
    </div>
  );
}
