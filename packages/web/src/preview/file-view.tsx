import type { Node } from '@volvox/api';
import { lazy, Suspense } from 'react';
import { previewKind, type PreviewKind } from './kinds.ts';
import { NoPreview } from './no-preview.tsx';
import type { ViewProps } from './view-props.ts';
import css from './preview.module.css';

/** A new kind is one line here and one file. */
const views: Readonly<Record<Exclude<PreviewKind, 'none'>, React.ComponentType<ViewProps>>> = {
  image: lazy(() => import('./image-view.tsx')),
  pdf: lazy(() => import('./pdf-view.tsx')),
  text: lazy(() => import('./text-view.tsx')),
  table: lazy(() => import('./table-view.tsx')),
  audio: lazy(() => import('./media-view.tsx')),
  video: lazy(() => import('./media-view.tsx')),
};

/** A file as it looks; `src` is where its bytes are. */
export function FileView({ node, src }: { readonly node: Node; readonly src: string }) {
  const kind = previewKind(node);
  if (kind === 'none') return <NoPreview node={node} />;
  const Kind = views[kind];
  return (
    <Suspense fallback={<div className={css.wait} />}>
      <Kind node={node} src={src} />
    </Suspense>
  );
}
