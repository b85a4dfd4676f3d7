import type { Node } from '@volvox/api';
import { createContext } from 'react';

/** How a view without a preview offers the file itself; null where it may not be had. */
export const DownloadContext = createContext<((node: Node) => void) | null>(null);
