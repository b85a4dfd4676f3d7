import type { Node } from '@volvox/api';
import { create } from 'zustand';

/** The files of the list behind the preview, in its order: where "next" and "previous" go. */
export const useSiblings = create<{ readonly files: readonly Node[] }>()(() => ({ files: [] }));
