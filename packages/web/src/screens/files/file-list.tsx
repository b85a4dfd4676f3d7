import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { FileRow } from './file-row.tsx';
import { FileTile } from './file-tile.tsx';
import { Ghost } from './ghost.tsx';
import { ListHeader } from './list-header.tsx';
import type { RowHandlers } from './row-handlers.ts';
import { countChosen, isChosen, type Selection } from './selection.ts';
import type { Tiles } from './use-tiles.ts';
import type { Listing } from './use-listing.ts';
import css from './file-list.module.css';

interface Props {
  readonly label: string;
  readonly placeId: string;
  readonly listing: Listing;
  readonly selection: Selection;
  readonly phone: boolean;
  /** null: rows. */
  readonly tiles: Tiles | null;
  readonly scrollRef: RefObject<HTMLDivElement | null>;
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
  tiles,
  scrollRef: scroll,
  handlers,
  empty,
  gridRef,
  onKeyDown,
  onSelectAll,
  onMenu,
}: Props) {
  const height = tiles ? 184 : phone ? 62 : 44;
  const { slots, pending, loadRange } = listing;
  const total = slots.length;
  const chosen = countChosen(selection, total);
  const count = pending ? 8 : total;
  const virtual = useVirtualizer({
    count,
    lanes: tiles?.columns ?? 1,
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
  useEffect(() => virtual.measure(), [virtual, height, tiles?.columns]);

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
      <ListHeader
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
            if (tiles)
              return (
                <FileTile
                  key={node.id}
                  node={node}
                  index={item.index}
                  top={item.start}
                  left={item.lane * tiles.width}
                  width={tiles.width}
                  height={height}
                  selected={isChosen(selection, node.id)}
                  cursor={selection.cursor === node.id}
                  phone={phone}
                  handlers={handlers}
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
