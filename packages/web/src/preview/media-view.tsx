import { useState } from 'react';
import { FileIcon } from '../screens/files/file-icon.tsx';
import { fileKind } from '../screens/files/file-kind.ts';
import { NoPreview } from './no-preview.tsx';
import type { ViewProps } from './view-props.ts';
import css from './preview.module.css';

/** The browser's own player: it seeks by range requests. */
export default function MediaView({ node, src }: ViewProps) {
  const [broken, setBroken] = useState(false);
  if (broken) return <NoPreview node={node} />;
  if (fileKind(node) === 'video')
    return (
      <video
        className={css.video}
        src={src}
        controls
        playsInline
        preload="metadata"
        aria-label={node.name}
        onError={() => setBroken(true)}
      />
    );
  return (
    <div className={css.none}>
      <FileIcon node={node} size={104} />
      <p>{node.name}</p>
      <audio
        className={css.audio}
        src={src}
        controls
        preload="metadata"
        aria-label={node.name}
        onError={() => setBroken(true)}
      />
    </div>
  );
}
