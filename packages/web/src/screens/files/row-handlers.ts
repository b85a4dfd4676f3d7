import type { Node } from '@volvox/api';
import type { DragEvent } from 'react';

/** What a row or a tile reports. */
export interface RowHandlers {
  onPick(
    node: Node,
    event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean },
  ): void;
  onTap(node: Node): void;
  onHold(node: Node): void;
  onToggle(node: Node): void;
  onOpen(node: Node): void;
  onMenu(node: Node, x: number, y: number): void;
  onDrag(node: Node, event: DragEvent): void;
}
