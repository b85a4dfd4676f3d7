import type { Node } from '@volvox/api';

/** What a file is to a person; decides icon and preview. From the type the server found, else from the name. */
export type FileKind =
  | 'folder'
  | 'image'
  | 'video'
  | 'audio'
  | 'pdf'
  | 'text'
  | 'code'
  | 'sheet'
  | 'slides'
  | 'document'
  | 'archive'
  | 'other';

const extensions: readonly (readonly [FileKind, string])[] = [
  ['image', 'png jpg jpeg gif webp avif svg bmp ico heic tif tiff'],
  ['video', 'mp4 webm mov mkv avi m4v ogv'],
  ['audio', 'mp3 wav flac ogg oga m4a opus aac'],
  ['pdf', 'pdf'],
  ['sheet', 'xls xlsx ods csv tsv numbers'],
  ['slides', 'ppt pptx odp key'],
  ['document', 'doc docx odt rtf pages epub'],
  ['archive', 'zip tar gz tgz bz2 xz 7z rar zst'],
  [
    'code',
    'js mjs cjs ts tsx jsx css scss html htm xml json yaml yml toml ini sh bash py rb go rs java kt c h cpp hpp cs php sql swift lua vue svelte dockerfile makefile',
  ],
  ['text', 'txt md markdown log rst adoc tex srt vtt env'],
];
const byExtension: ReadonlyMap<string, FileKind> = new Map(
  extensions.flatMap(([kind, list]) => list.split(' ').map((extension) => [extension, kind] as const)),
);

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : name.toLowerCase();
}

export function fileKind(node: Pick<Node, 'kind' | 'name' | 'mime'>): FileKind {
  if (node.kind === 'folder') return 'folder';
  const named = byExtension.get(extensionOf(node.name));
  if (named) return named;
  const mime = node.mime ?? '';
  if (mime === 'application/pdf') return 'pdf';
  const family = mime.split('/')[0];
  if (family === 'image' || family === 'video' || family === 'audio' || family === 'text') return family;
  return 'other';
}
