import type { Node } from '@volvox/api';
import { useEffect, useMemo, useRef } from 'react';
import { t } from '../../i18n/index.ts';
import type { MenuPlace } from './context-menu.tsx';
import { startDrag } from './drag.ts';
import type { RowHandlers } from './row-handlers.ts';
import { isChosen, pick, toggle, type Selection } from './selection.ts';
import { chosenNodes, type Chosen, type Verb, type VerbId } from './verbs.ts';

interface Options {
  readonly chosen: Chosen;
  readonly selection: Selection;
  readonly verbs: Readonly<Record<VerbId, Verb>>;
  select(selection: Selection): void;
  extendTo(id: string): void;
  openMenu(place: MenuPlace): void;
}

/** Handlers that stay the same object, so that scrolling does not draw every row again. */
export function useRowHandlers(options: Options): RowHandlers {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  return useMemo<RowHandlers>(() => {
    const now = () => latest.current;
    /** What a verb on this row is about: the selection if the row is in it, else the row. */
    const affected = (node: Node): Chosen => {
      const { chosen, selection, select } = now();
      if (isChosen(selection, node.id)) return chosen;
      select(pick(node.id));
      return chosenNodes([node]);
    };
    const flip = (node: Node) => now().select(toggle(now().selection, node.id));
    return {
      onPick(node, event) {
        if (event.ctrlKey || event.metaKey) return flip(node);
        if (event.shiftKey) now().extendTo(node.id);
        else now().select(pick(node.id));
      },
      onTap: (node) => (now().chosen.count > 0 ? flip(node) : now().verbs.open.run([node])),
      onHold: flip,
      onToggle: flip,
      onOpen: (node) => now().verbs.open.run([node]),
      onMenu: (node, x, y) => now().openMenu({ x, y, chosen: affected(node) }),
      onDrag(node, event) {
        const chosen = affected(node);
        startDrag(
          event,
          chosen,
          chosen.count === 1 ? node.name : t('files.selected', { count: chosen.count }),
        );
      },
    };
  }, []);
}
