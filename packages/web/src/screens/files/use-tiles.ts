import { useEffect, useState, type RefObject } from 'react';

export interface Tiles {
  readonly columns: number;
  readonly width: number;
}

/** How tiles fill the list's element; null where rows are shown. Looks anew at each render, for the element may be another. */
export function useTiles(
  element: RefObject<HTMLElement | null>,
  wanted: boolean,
  phone: boolean,
): Tiles | null {
  const [room, setRoom] = useState(() => innerWidth - (phone ? 14 : 280));
  useEffect(() => {
    if (!wanted || !element.current) return;
    const watch = new ResizeObserver(([entry]) => entry && setRoom(Math.floor(entry.contentRect.width)));
    watch.observe(element.current);
    return () => watch.disconnect();
  });
  if (!wanted) return null;
  const columns = Math.max(2, Math.floor(room / (phone ? 160 : 184)));
  return { columns, width: Math.floor(room / columns) };
}
