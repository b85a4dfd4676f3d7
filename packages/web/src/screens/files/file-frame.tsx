import { Checkbox } from '@mantine/core';
import type { Node } from '@volvox/api';
import type { CSSProperties, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useDropTarget } from './drag.ts';
import type { RowHandlers } from './row-handlers.ts';
import { useTouch } from './use-touch.ts';

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

interface Props extends Omit<FileRowProps, 'top' | 'height'> {
  readonly className: string | undefined;
  /** Of the cell with the box to choose it by. */
  readonly checkClass: string | undefined;
  readonly style: CSSProperties;
  /** Its other cells. */
  readonly children: ReactNode;
}

/** What a row and a tile have in common: they are chosen, dragged, dropped upon, opened and held the same way. */
export function FileFrame(props: Props) {
  const { node, index, selected, cursor, phone, handlers, className, checkClass, style, children } = props;
  const { t } = useTranslation();
  const drop = useDropTarget(node.kind === 'folder' && node.permissions.includes('write') ? node : undefined);
  const touch = useTouch(node, handlers);
  return (
    <div
      role="row"
      id={`row-${node.id}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={className}
      data-cursor={cursor || undefined}
      data-drop={drop.over || undefined}
      style={style}
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
      <div role="gridcell" className={checkClass}>
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
      {children}
    </div>
  );
}
