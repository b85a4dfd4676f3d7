import type { Node } from '@volvox/api';
import { useRef, type KeyboardEvent } from 'react';
import { clear, findByPrefix, pick, step, type Selection } from './selection.ts';
import { perform, type Chosen, type Verb, type VerbId } from './verbs.ts';

interface Options {
  readonly slots: readonly (Node | undefined)[];
  readonly chosen: Chosen;
  readonly selection: Selection;
  readonly verbs: Readonly<Record<VerbId, Verb>>;
  readonly pageSize: number;
  /** Tiles side by side; 0: rows. */
  readonly columns: number;
  select(selection: Selection): void;
  selectAll(): void;
  toParent(): void;
  toEnd(shift: boolean): void;
  help(): void;
}

const byKey: Readonly<Record<string, VerbId>> = {
  Enter: 'open',
  ' ': 'preview',
  F2: 'rename',
  Delete: 'trash',
};
const pauseMs = 700;

/** The keys of the list, as file managers have them. */
export function useKeyboard({
  slots,
  chosen,
  selection,
  verbs,
  pageSize,
  columns,
  select,
  selectAll,
  toParent,
  toEnd,
  help,
}: Options) {
  const typed = useRef({ text: '', at: 0 });

  const walk = (event: KeyboardEvent, delta: number) => {
    event.preventDefault();
    select(
      step(
        selection,
        slots.map((row) => row?.id ?? ''),
        delta,
        event.shiftKey,
      ),
    );
  };

  const typeAhead = (event: KeyboardEvent) => {
    const now = event.timeStamp;
    typed.current = {
      text: now - typed.current.at < pauseMs ? typed.current.text + event.key : event.key,
      at: now,
    };
    const from = slots.findIndex((row) => row?.id === selection.cursor);
    const found =
      slots[
        findByPrefix(
          slots.map((row) => row?.name ?? ''),
          Math.max(from, 0) - (from < 0 ? 1 : 0),
          typed.current.text,
        )
      ];
    if (found) select(pick(found.id));
  };

  return (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.closest('input, textarea, button')) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey && event.key === 'ArrowUp') return prevent(event, toParent);
    if (command && event.key.toLowerCase() === 'a') return prevent(event, selectAll);
    if (command || event.altKey) return;

    const verb = byKey[event.key];
    if (verb === 'preview' && event.timeStamp - typed.current.at < pauseMs && typed.current.text)
      return prevent(event, () => typeAhead(event));
    if (verb) return prevent(event, () => perform(verbs[verb], chosen));

    if (event.key === 'ArrowDown') return walk(event, Math.max(1, columns));
    if (event.key === 'ArrowUp') return walk(event, -Math.max(1, columns));
    if (columns > 0 && event.key === 'ArrowRight') return walk(event, 1);
    if (columns > 0 && event.key === 'ArrowLeft') return walk(event, -1);
    if (event.key === 'PageDown') return walk(event, pageSize);
    if (event.key === 'PageUp') return walk(event, -pageSize);
    if (event.key === 'Home') return walk(event, -slots.length);
    if (event.key === 'End') return prevent(event, () => toEnd(event.shiftKey));
    if (event.key === 'Backspace') return prevent(event, toParent);
    if (event.key === 'Escape') return select(clear(selection));
    if (event.key === '?') return prevent(event, help);
    if (event.key.length === 1) typeAhead(event);
  };
}

function prevent(event: KeyboardEvent, action: () => unknown): void {
  event.preventDefault();
  action();
}
