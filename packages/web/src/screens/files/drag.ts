import type { Node } from '@volvox/api';
import { useState, type DragEvent } from 'react';
import { transfer } from '../../api/mutations.ts';
import { tellError } from '../../api/notify.tsx';
import { pickedFromTransfer } from '../../upload/entries.ts';
import { startUpload } from '../../upload/start.ts';
import { chosenNodes, type Chosen } from './verbs.ts';

/** Dragging rows onto folders, and files from outside onto them. The rows on the way are kept here, for a browser hides the data until the drop. */
let dragged: Chosen = chosenNodes([]);
const type = 'application/x-volvox-nodes';

export function startDrag(event: DragEvent, chosen: Chosen, label: string): void {
  dragged = chosen;
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData(type, chosen.nodes.map((node) => node.id).join(','));
  const ghost = document.createElement('div');
  ghost.className = 'drag-ghost';
  ghost.textContent = label;
  document.body.append(ghost);
  event.dataTransfer.setDragImage(ghost, -10, -6);
  setTimeout(() => ghost.remove());
}

export const hasFiles = (transferred: DataTransfer | null): boolean =>
  transferred?.types.includes('Files') ?? false;

/** What a folder row, a crumb or a workspace needs to take drops; `undefined` where nothing may be put. */
export function useDropTarget(target: Pick<Node, 'id' | 'name'> | undefined) {
  const [over, setOver] = useState(false);
  if (!target) return { over: false, handlers: {} };
  const takes = (event: DragEvent): 'files' | 'nodes' | null => {
    if (hasFiles(event.dataTransfer)) return 'files';
    const fits =
      event.dataTransfer.types.includes(type) &&
      dragged.nodes.every((node) => node.id !== target.id && node.parentId !== target.id);
    return fits ? 'nodes' : null;
  };
  return {
    over,
    handlers: {
      onDragOver(event: DragEvent) {
        const what = takes(event);
        if (!what) return;
        event.preventDefault();
        event.stopPropagation();
        event.dataTransfer.dropEffect = what === 'files' ? 'copy' : 'move';
        setOver(true);
      },
      onDragLeave(event: DragEvent) {
        const to = event.relatedTarget;
        if (!(to instanceof globalThis.Node && event.currentTarget.contains(to))) setOver(false);
      },
      onDrop(event: DragEvent) {
        const what = takes(event);
        setOver(false);
        if (!what) return;
        event.preventDefault();
        event.stopPropagation();
        window.dispatchEvent(new Event('volvox-drop-done'));
        if (what === 'files') void startUpload(target.id, pickedFromTransfer(event.dataTransfer));
        else void dragged.all().then((nodes) => transfer('move', nodes, target), tellError);
      },
    },
  };
}
