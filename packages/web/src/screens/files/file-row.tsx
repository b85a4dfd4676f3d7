import { ActionIcon, Checkbox } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { memo, useRef, type DragEvent, type MouseEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate, formatDateTime, formatSize } from '../../i18n/format.ts';
import { useDropTarget } from './drag.ts';
import { FileIcon } from './file-icon.tsx';
import css from './file-list.module.css';

export interface RowHandlers {
  onPick(
    node: Node,
    event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean },
  ): void;
  onTap(node: Node): void;
  onHold(node: Node): void;
  onToggle(node: Node): void;
  onOpen(node: Node): void;
  onMenu(node: Node, x: number, y: number): void;
  onDrag(node: Node, event: DragEvent): void;
}

interface Props {
  readonly node: Node;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly phone: boolean;
  readonly handlers: RowHandlers;
}

const holdMs = 450;

export const FileRow = memo(function FileRow({
  node,
  index,
  top,
  height,
  selected,
  cursor,
  phone,
  handlers,
}: Props) {
  const { t } = useTranslation();
  const writable = node.kind === 'folder' && node.permissions.includes('write');
  const drop = useDropTarget(writable ? node : undefined);
  const touch = useTouch(node, handlers);
  const size = node.kind === 'file' || node.size > 0 ? formatSize(node.size) : '';

  return (
    <div
      role="row"
      id={`row-${node.id}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={css.row}
      data-cursor={cursor || undefined}
      data-drop={drop.over || undefined}
      style={{ transform: `translateY(${top}px)`, height }}
      draggable={!phone}
      onDragStart={(event) => handlers.onDrag(node, event)}
      {...drop.handlers}
      {...touch}
      onDoubleClick={() => !phone && handlers.onOpen(node)}
      onContextMenu={(event) => {
        event.preventDefault();
        if (!phone) handlers.onMenu(node, event.clientX, event.clientY);
      }}
    >
      <div role="gridcell" className={css.check}>
        <Checkbox
          size="xs"
          tabIndex={-1}
          checked={selected}
          aria-label={t('files.select', { name: node.name })}
          onClick={(event) => event.stopPropagation()}
          onDoubleClick={(event) => event.stopPropagation()}
          onChange={() => handlers.onToggle(node)}
        />
      </div>
      <div role="gridcell" className={css.name}>
        <FileIcon node={node} size={phone ? 38 : 30} />
        <span className={css.label}>
          <span className={css.text} title={node.name}>
            {node.name}
          </span>
          {phone && (
            <span className={css.second}>
              {[formatDate(node.modifiedAt), size].filter(Boolean).join(' · ')}
            </span>
          )}
        </span>
      </div>
      {!phone && (
        <>
          <div role="gridcell" className={`${css.size} tabular`}>
            {size}
          </div>
          <div role="gridcell" className={`${css.date} tabular`} title={formatDateTime(node.modifiedAt)}>
            {formatDate(node.modifiedAt)}
          </div>
        </>
      )}
      <div role="gridcell" className={css.more}>
        <ActionIcon
          size={phone ? 44 : 30}
          tabIndex={-1}
          aria-label={t('files.moreFor', { name: node.name })}
          onClick={(event: MouseEvent) => {
            event.stopPropagation();
            const box = event.currentTarget.getBoundingClientRect();
            handlers.onMenu(node, box.right, box.bottom);
          }}
          onDoubleClick={(event: MouseEvent) => event.stopPropagation()}
        >
          <IconDots size={18} />
        </ActionIcon>
      </div>
    </div>
  );
});

/** A mouse picks; a finger opens, and selects by being held. */
function useTouch(node: Node, handlers: RowHandlers) {
  const state = useRef<{ timer: ReturnType<typeof setTimeout> | undefined; held: boolean; touch: boolean }>({
    timer: undefined,
    held: false,
    touch: false,
  });
  const stop = () => clearTimeout(state.current.timer);
  return {
    onPointerDown(event: PointerEvent) {
      state.current.touch = event.pointerType !== 'mouse';
      state.current.held = false;
      stop();
      if (!state.current.touch) return;
      state.current.timer = setTimeout(() => {
        state.current.held = true;
        handlers.onHold(node);
      }, holdMs);
    },
    onPointerMove(event: PointerEvent) {
      if (Math.abs(event.movementX) + Math.abs(event.movementY) > 6) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onClick(event: MouseEvent) {
      if (!state.current.touch) handlers.onPick(node, event);
      else if (!state.current.held) handlers.onTap(node);
    },
  };
}
