import type { Node } from '@volvox/api';
import { useEffect, useMemo, useRef } from 'react';
import { t } from '../../i18n/index.ts';
import type { MenuPlace } from './context-menu.tsx';
import { startDrag } from './drag.ts';
import type { RowHandlers } from './file-row.tsx';
import { extend, pick, toggle, type Selection } from './selection.ts';
import type { Verb, VerbId } from './verbs.ts';

interface Options {
  readonly rows: readonly Node[];
  readonly selection: Selection;
  readonly verbs: Readonly<Record<VerbId, Verb>>;
  select(selection: Selection): void;
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
    const affected = (node: Node): readonly Node[] => {
      const { rows, selection, select } = now();
      if (selection.ids.has(node.id)) return rows.filter((row) => selection.ids.has(row.id));
      select(pick(node.id));
      return [node];
    };
    const flip = (node: Node) => now().select(toggle(now().selection, node.id));
    return {
      onPick(node, event) {
        if (event.ctrlKey || event.metaKey) return flip(node);
        const { rows, selection, select } = now();
        select(
          event.shiftKey
            ? extend(
                selection,
                node.id,
                rows.map((row) => row.id),
              )
            : pick(node.id),
        );
      },
      onTap: (node) => (now().selection.ids.size > 0 ? flip(node) : now().verbs.open.run([node])),
      onHold: flip,
      onToggle: flip,
      onOpen: (node) => now().verbs.open.run([node]),
      onMenu: (node, x, y) => now().openMenu({ x, y, nodes: affected(node) }),
      onDrag(node, event) {
        const nodes = affected(node);
        startDrag(
          event,
          nodes,
          nodes.length === 1 ? node.name : t('files.selected', { count: nodes.length }),
        );
      },
    };
  }, []);
}
