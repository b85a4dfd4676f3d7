import type { Node } from '@volvox/api';
import { useRef, type MouseEvent, type PointerEvent } from 'react';
import type { RowHandlers } from './row-handlers.ts';

const holdMs = 450;

/** A mouse picks; a finger opens, and selects by being held. */
export function useTouch(node: Node, handlers: RowHandlers) {
  const state = useRef<{ timer: ReturnType<typeof setTimeout> | undefined; held: boolean; touch: boolean }>({
    timer: undefined,
    held: false,
    touch: false,
  });
  const stop = () => clearTimeout(state.current.timer);
  return {
    onPointerDown(event: PointerEvent) {
      state.current.touch = event.pointerType !== 'mouse';
      state.current.held = false;
      stop();
      if (!state.current.touch) return;
      state.current.timer = setTimeout(() => {
        state.current.held = true;
        handlers.onHold(node);
      }, holdMs);
    },
    onPointerMove(event: PointerEvent) {
      if (Math.abs(event.movementX) + Math.abs(event.movementY) > 6) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onClick(event: MouseEvent) {
      if (!state.current.touch) handlers.onPick(node, event);
      else if (!state.current.held) handlers.onTap(node);
    },
  };
}
