import { useEffect, useState } from 'react';
import { queue } from './engine.ts';
import type { Totals, UploadItem } from './queue.ts';

interface View {
  readonly items: readonly UploadItem[];
  readonly totals: Totals;
}
const look = (): View => ({ items: queue.all(), totals: queue.totals() });

/** The queue as the panel shows it: at most about seven times a second, however fast progress comes in. */
export function useUploads(): View {
  const [view, setView] = useState(look);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const stop = queue.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = null;
        setView(look());
      }, 150);
    });
    setView(look());
    return () => {
      stop();
      if (timer) clearTimeout(timer);
    };
  }, []);
  return view;
}
