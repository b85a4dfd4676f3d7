import type { Node } from '@volvox/api';
import { extensionOf, fileKind } from '../screens/files/file-kind.ts';

/** How a file is shown. Never as HTML: pages and pictures with script in them appear as text or through `<img>`. */
export type PreviewKind = 'image' | 'pdf' | 'audio' | 'video' | 'text' | 'table' | 'none';

const drawable = new Set(['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg', 'bmp', 'ico']);
const drawableMime = /^image\/(png|jpeg|gif|webp|avif|svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)$/;
/** Kinds that are surely not text; anything else is looked into. */
const opaque = new Set(['slides', 'document', 'archive']);

export function previewKind(node: Pick<Node, 'kind' | 'name' | 'mime'>): PreviewKind {
  const kind = fileKind(node);
  if (kind === 'folder') return 'none';
  if (kind === 'image')
    return drawable.has(extensionOf(node.name)) || drawableMime.test(node.mime ?? '') ? 'image' : 'none';
  if (kind === 'pdf' || kind === 'audio' || kind === 'video') return kind;
  if (kind === 'sheet') return ['csv', 'tsv'].includes(extensionOf(node.name)) ? 'table' : 'none';
  return opaque.has(kind) ? 'none' : 'text';
}
