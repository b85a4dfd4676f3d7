import { memo, useState } from 'react';
import { client } from '../../api/client.ts';
import { formatDate, formatSize } from '../../i18n/format.ts';
import { previewKind } from '../../preview/kinds.ts';
import { FileFrame, type FileRowProps } from './file-frame.tsx';
import { FileIcon } from './file-icon.tsx';
import css from './file-tile.module.css';

/** Pictures up to this size are their own thumbnail. */
const pictureLimit = 1 << 20;

interface Props extends FileRowProps {
  readonly left: number;
  readonly width: number;
}

/** A file as a tile: the same hands as a row, and its picture if that is small. */
export const FileTile = memo(function FileTile(props: Props) {
  const { top, left, width, height, ...frame } = props;
  const { node } = frame;
  const [broken, setBroken] = useState(false);
  const drawn = !broken && node.size <= pictureLimit && previewKind(node) === 'image';
  const second = node.kind === 'file' || node.size > 0 ? formatSize(node.size) : formatDate(node.modifiedAt);
  return (
    <FileFrame
      {...frame}
      className={css.tile}
      checkClass={css.check}
      style={{ transform: `translate(${left}px, ${top}px)`, width, height }}
    >
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
    </FileFrame>
  );
});
