import type { Node } from '@volvox/api';
import { create } from 'zustand';
import type { Sorting } from '../../api/queries.ts';

export type Dialog =
  | { readonly kind: 'rename'; readonly node: Node }
  | { readonly kind: 'newFolder'; readonly parentId: string }
  | { readonly kind: 'pick'; readonly verb: 'move' | 'copy'; readonly nodes: readonly Node[] }
  | { readonly kind: 'share'; readonly node: Node }
  | { readonly kind: 'showInCell'; readonly node: Node }
  | { readonly kind: 'help' };

export interface Inspected {
  readonly node: Node;
  readonly tab: 'info' | 'versions' | 'activity' | 'permissions';
}

interface FilesUi {
  readonly dialog: Dialog | null;
  readonly inspected: Inspected | null;
  /** Where new things go: the folder that is open, if it may be written to. */
  readonly place: { readonly id: string; readonly name: string } | null;
  readonly sorting: Sorting;
  open(dialog: Dialog): void;
  close(): void;
  inspect(inspected: Inspected | null): void;
  setPlace(place: FilesUi['place']): void;
  sortBy(sort: Sorting['sort']): void;
}

/** What is open over the files: one dialog, one inspector. */
export const useFilesUi = create<FilesUi>()((set) => ({
  dialog: null,
  inspected: null,
  place: null,
  sorting: { sort: 'name', order: 'asc' },
  open: (dialog) => set({ dialog }),
  close: () => set({ dialog: null }),
  inspect: (inspected) => set({ inspected }),
  setPlace: (place) => set({ place }),
  sortBy: (sort) =>
    set(({ sorting }) => ({
      sorting:
        sorting.sort === sort
          ? { sort, order: sorting.order === 'asc' ? 'desc' : 'asc' }
          : { sort, order: sort === 'name' ? 'asc' : 'desc' },
    })),
}));
