import { useMemo } from 'react';
import { clear, countChosen, isChosen, type Selection } from './selection.ts';
import type { Listing } from './use-listing.ts';
import type { Chosen } from './verbs.ts';

/** The selection as verbs need it. "All but these" becomes rows when a verb runs; it is cleared then, so that rows to come are not in it. */
export function useChosen(
  listing: Listing,
  selection: Selection,
  select: (selection: Selection) => void,
): Chosen {
  const nodes = useMemo(
    () => listing.rows.filter((row) => isChosen(selection, row.id)),
    [listing.rows, selection],
  );
  if (!selection.all) return { nodes, count: nodes.length, all: () => Promise.resolve(nodes) };
  return {
    nodes,
    count: countChosen(selection, listing.slots.length),
    async all() {
      const rows = await listing.readAll();
      select(clear(selection));
      return rows.filter((row) => isChosen(selection, row.id));
    },
  };
}
