import { ActionIcon, Checkbox } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { memo, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate, formatDateTime, formatSize } from '../../i18n/format.ts';
import { useDropTarget } from './drag.ts';
import { FileIcon } from './file-icon.tsx';
import type { RowHandlers } from './row-handlers.ts';
import { SharedSign } from './shared-sign.tsx';
import { useTouch } from './use-touch.ts';
import css from './file-list.module.css';

export interface FileRowProps {
  readonly node: Node;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly phone: boolean;
  readonly handlers: RowHandlers;
}

export const FileRow = memo(function FileRow({
  node,
  index,
  top,
  height,
  selected,
  cursor,
  phone,
  handlers,
}: FileRowProps) {
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
        <SharedSign nodeId={node.id} />
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
