import type { Node } from '@volvox/api';
import {
  IconFile,
  IconFileCode,
  IconFileText,
  IconFileTypePdf,
  IconFileWord,
  IconFileZip,
  IconFolderFilled,
  IconMusic,
  IconPhoto,
  IconPresentation,
  IconTable,
  IconVideo,
  type Icon,
} from '@tabler/icons-react';
import { fileKind, type FileKind } from './file-kind.ts';
import css from './file-icon.module.css';

const icons: Readonly<Record<FileKind, Icon>> = {
  folder: IconFolderFilled,
  image: IconPhoto,
  video: IconVideo,
  audio: IconMusic,
  pdf: IconFileTypePdf,
  text: IconFileText,
  code: IconFileCode,
  sheet: IconTable,
  slides: IconPresentation,
  document: IconFileWord,
  archive: IconFileZip,
  other: IconFile,
};

/** A tinted tile with the sign of the type. */
export function FileIcon({
  node,
  size = 32,
}: {
  readonly node: Pick<Node, 'kind' | 'name' | 'mime'>;
  readonly size?: number;
}) {
  const kind = fileKind(node);
  const Sign = icons[kind];
  return (
    <span
      className={css.tile}
      data-kind={kind}
      style={{ width: size, height: size, borderRadius: size * 0.28 }}
      aria-hidden="true"
    >
      <Sign size={size * 0.58} stroke={1.7} />
    </span>
  );
}
