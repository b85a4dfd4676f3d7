import { create } from 'zustand';

/** How each folder is shown, kept in this browser; the folder looked at last goes last, and old ones are forgotten. */
export type ViewMode = 'list' | 'tiles';

const key = 'volvox.tiles';
const limit = 300;

function stored(): readonly string[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

interface ViewModes {
  /** Folders that show tiles. */
  readonly tiles: readonly string[];
  toggle(folderId: string): void;
}

const useViewModes = create<ViewModes>()((set) => ({
  tiles: stored(),
  toggle: (folderId) =>
    set(({ tiles }) => {
      const others = tiles.filter((id) => id !== folderId);
      const next = others.length < tiles.length ? others : [...others, folderId].slice(-limit);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // storage may be full or forbidden: the choice then lasts as long as the page
      }
      return { tiles: next };
    }),
}));

export function useViewMode(folderId: string): readonly [ViewMode, () => void] {
  const mode = useViewModes((state) => (state.tiles.includes(folderId) ? 'tiles' : 'list'));
  const toggle = useViewModes((state) => state.toggle);
  return [mode, () => toggle(folderId)];
}
