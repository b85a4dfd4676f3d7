import { Checkbox } from '@mantine/core';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { formatDate, formatSize } from '../../i18n/format.ts';
import { previewKind } from '../../preview/kinds.ts';
import { useDropTarget } from './drag.ts';
import { FileIcon } from './file-icon.tsx';
import type { FileRowProps } from './file-row.tsx';
import { useTouch } from './use-touch.ts';
import css from './file-tile.module.css';

/** Pictures up to this size are their own thumbnail. */
const pictureLimit = 1 << 20;

interface Props extends FileRowProps {
  readonly left: number;
  readonly width: number;
}

/** A file as a tile: the same hands as a row, and its picture if that is small. */
export const FileTile = memo(function FileTile(props: Props) {
  const { node, index, top, left, width, height, selected, cursor, phone, handlers } = props;
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  const drop = useDropTarget(node.kind === 'folder' && node.permissions.includes('write') ? node : undefined);
  const touch = useTouch(node, handlers);
  const drawn = !broken && node.size <= pictureLimit && previewKind(node) === 'image';
  const second = node.kind === 'file' || node.size > 0 ? formatSize(node.size) : formatDate(node.modifiedAt);
  return (
    <div
      role="row"
      id={`row-${node.id}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={css.tile}
      data-cursor={cursor || undefined}
      data-drop={drop.over || undefined}
      style={{ transform: `translate(${left}px, ${top}px)`, width, height }}
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
      <div role="gridcell" className={css.cell}>
        <div className={css.face}>
          {drawn ? (
            <img
              src={client.url('downloadContent', { params: { id: node.id } })}
              alt=""
              loading="lazy"
              decoding="async"
              draggable={false}
              onError={() => setBroken(true)}
            />
          ) : (
            <FileIcon node={node} size={56} />
          )}
        </div>
        <span className={css.name} title={node.name}>
          {node.name}
        </span>
        <span className={`${css.second} tabular`}>{second}</span>
      </div>
    </div>
  );
});
