import { use, useState } from 'react';
import { FileIcon } from '../screens/files/file-icon.tsx';
import { fileKind } from '../screens/files/file-kind.ts';
import { DownloadContext } from './download-context.ts';
import { NoPreview } from './no-preview.tsx';
import type { ViewProps } from './view-props.ts';
import css from './preview.module.css';

/** The browser's own player: it seeks by range requests. Where no download is offered, its menu has none either; the bytes are the same. */
export default function MediaView({ node, src }: ViewProps) {
  const [broken, setBroken] = useState(false);
  const shared = {
    src,
    controls: true,
    preload: 'metadata',
    'aria-label': node.name,
    onError: () => setBroken(true),
    ...(use(DownloadContext) === null ? { controlsList: 'nodownload' } : {}),
  } as const;
  if (broken) return <NoPreview node={node} />;
  if (fileKind(node) === 'video') return <video className={css.video} playsInline {...shared} />;
  return (
    <div className={css.none}>
      <FileIcon node={node} size={104} />
      <p>{node.name}</p>
      <audio className={css.audio} {...shared} />
    </div>
  );
}
