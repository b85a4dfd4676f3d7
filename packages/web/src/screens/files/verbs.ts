import type { Node } from '@volvox/api';
import {
  IconArrowsMove,
  IconCopy,
  IconDownload,
  IconEye,
  IconFolderOpen,
  IconHistory,
  IconInfoCircle,
  IconHexagons,
  IconPencil,
  IconShare3,
  IconTrash,
  type Icon,
} from '@tabler/icons-react';
import { useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { client } from '../../api/client.ts';
import { trash } from '../../api/mutations.ts';
import { tellError } from '../../api/notify.tsx';
import { useFilesUi } from './ui-store.ts';

export type VerbId =
  | 'open'
  | 'preview'
  | 'download'
  | 'share'
  | 'showInCell'
  | 'rename'
  | 'move'
  | 'copy'
  | 'versions'
  | 'details'
  | 'trash';

/** What verbs are about: the rows at hand say whether they may; a large selection is read whole when one runs. */
export interface Chosen {
  readonly nodes: readonly Node[];
  readonly count: number;
  all(): Promise<readonly Node[]>;
}

export const chosenNodes = (nodes: readonly Node[]): Chosen => ({
  nodes,
  count: nodes.length,
  all: () => Promise.resolve(nodes),
});

export function perform(verb: Verb, chosen: Chosen): void {
  if (!verb.enabled(chosen)) return;
  if (chosen.count === chosen.nodes.length) verb.run(chosen.nodes);
  else void chosen.all().then(verb.run, tellError);
}

/** One thing that can be done with chosen files: toolbar, context menu and keyboard all read this table. */
export interface Verb {
  readonly id: VerbId;
  readonly icon: Icon;
  readonly shortcut?: string;
  readonly danger?: boolean;
  enabled(chosen: Chosen): boolean;
  run(nodes: readonly Node[]): void;
}

const one = ({ count, nodes }: Chosen) => count === 1 && nodes.length === 1;
const may =
  (permission: Node['permissions'][number]) =>
  ({ nodes }: Chosen) =>
    nodes.length > 0 && nodes.every((node) => node.permissions.includes(permission));

/** What only shows where it is listed is moved and deleted where it lives. */
const atHome = ({ nodes }: Chosen) => nodes.every((node) => node.mount !== true);

/** One file comes as it is; several, or a folder, as a zip. */
export function download(nodes: readonly Node[]): void {
  const first = nodes[0];
  if (!first) return;
  const single = nodes.length === 1 && first.kind === 'file';
  const link = document.createElement('a');
  link.href = single
    ? client.url('downloadContent', { params: { id: first.id }, query: { download: true } })
    : client.url('downloadZip', {
        query: {
          ids: nodes.map((node) => node.id).join(','),
          name: nodes.length === 1 ? first.name : 'files',
        },
      });
  link.download = single ? first.name : '';
  link.click();
}

/** The zip address carries the ids: no more fit in it. */
const zipLimit = 200;

const first = (run: (node: Node) => void) => (nodes: readonly Node[]) => nodes[0] && run(nodes[0]);

function sharingVerbs() {
  const { open } = useFilesUi.getState();
  const enabled = (chosen: Chosen) => one(chosen) && may('share')(chosen);
  return {
    share: { id: 'share', icon: IconShare3, enabled, run: first((node) => open({ kind: 'share', node })) },
    showInCell: {
      id: 'showInCell',
      icon: IconHexagons,
      enabled,
      run: first((node) => open({ kind: 'showInCell', node })),
    },
  } satisfies Partial<Record<VerbId, Verb>>;
}

export function useVerbs(): Readonly<Record<VerbId, Verb>> {
  const navigate = useNavigate();
  const [, setParams] = useSearchParams();
  return useMemo(() => {
    const { open, inspect } = useFilesUi.getState();
    const preview = (node: Node) =>
      setParams((params) => {
        params.set('preview', node.id);
        return params;
      });
    return {
      ...sharingVerbs(),
      open: {
        id: 'open',
        icon: IconFolderOpen,
        shortcut: 'Enter',
        enabled: one,
        run: first((node) => (node.kind === 'folder' ? void navigate(`/files/${node.id}`) : preview(node))),
      },
      preview: {
        id: 'preview',
        icon: IconEye,
        shortcut: 'Space',
        enabled: (chosen) => one(chosen) && chosen.nodes[0]?.kind === 'file',
        run: first(preview),
      },
      download: {
        id: 'download',
        icon: IconDownload,
        enabled: ({ count }) => count > 0 && count <= zipLimit,
        run: download,
      },
      rename: {
        id: 'rename',
        icon: IconPencil,
        shortcut: 'F2',
        enabled: (chosen) => one(chosen) && may('write')(chosen) && atHome(chosen),
        run: first((node) => open({ kind: 'rename', node })),
      },
      move: {
        id: 'move',
        icon: IconArrowsMove,
        enabled: (chosen) => may('write')(chosen) && atHome(chosen),
        run: (nodes) => open({ kind: 'pick', verb: 'move', nodes }),
      },
      copy: {
        id: 'copy',
        icon: IconCopy,
        enabled: may('read'),
        run: (nodes) => open({ kind: 'pick', verb: 'copy', nodes }),
      },
      versions: {
        id: 'versions',
        icon: IconHistory,
        enabled: (chosen) => one(chosen) && chosen.nodes[0]?.kind === 'file',
        run: first((node) => inspect({ node, tab: 'versions' })),
      },
      details: {
        id: 'details',
        icon: IconInfoCircle,
        enabled: one,
        run: first((node) => inspect({ node, tab: 'info' })),
      },
      trash: {
        id: 'trash',
        icon: IconTrash,
        shortcut: 'Del',
        danger: true,
        enabled: (chosen) => may('write')(chosen) && atHome(chosen),
        run: (nodes) => void trash(nodes),
      },
    } satisfies Record<VerbId, Verb>;
  }, [navigate, setParams]);
}
