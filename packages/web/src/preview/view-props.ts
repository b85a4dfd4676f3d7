import type { Node } from '@volvox/api';

/** A view gets the file and the address of its bytes. */
export interface ViewProps {
  readonly node: Node;
  readonly src: string;
}
