import { useCallback, useEffect, useRef, useState } from 'react';
import { noSelection, prune, type Selection } from './selection.ts';
import type { Listing } from './use-listing.ts';

/** Going back to a folder finds its selection again. */
const remembered = new Map<string, Selection>();

export function useFolderSelection(
  folderId: string,
  listing: Listing,
): readonly [Selection, (selection: Selection) => void] {
  const [selection, setSelection] = useState<Selection>(() => remembered.get(folderId) ?? noSelection);
  const select = useCallback(
    (next: Selection) => {
      remembered.set(folderId, next);
      setSelection(next);
    },
    [folderId],
  );
  const before = useRef<readonly string[]>([]);
  useEffect(() => {
    if (listing.pending) return;
    const order = listing.rows.map((row) => row.id);
    const old = before.current;
    before.current = order;
    setSelection((now) => prune(now, order, old));
  }, [listing.pending, listing.rows]);
  return [selection, select];
}
