import type { Change } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useEffect } from 'react';
import { create } from 'zustand';
import { useSession } from '../session/store.ts';
import { client } from './client.ts';
import { keys } from './keys.ts';
import { queryClient } from './query-client.ts';

/** Whether the line to the server is up; the banner shows when it is not. */
export const useConnection = create<{ readonly connected: boolean; readonly attempt: number }>()(() => ({
  connected: true,
  attempt: 0,
}));

/** Drops the present line and makes a new one now. */
export function reconnect(): void {
  useConnection.setState((state) => ({ attempt: state.attempt + 1 }));
  void queryClient.invalidateQueries();
}

interface Touched {
  readonly folders: Set<string>;
  readonly nodes: Set<string>;
  readonly workspaces: Set<string>;
}

const nothing = (): Touched => ({ folders: new Set(), nodes: new Set(), workspaces: new Set() });

/** Which folders, nodes and workspaces show something else after this change. */
export function touchedBy(change: Change, into: Touched = nothing()): Touched {
  if (change.parentId) into.folders.add(change.parentId);
  for (const side of [change.before, change.after]) {
    if (typeof side === 'object' && side !== null && 'parentId' in side && typeof side.parentId === 'string')
      into.folders.add(side.parentId);
  }
  if (change.nodeId) into.nodes.add(change.nodeId);
  if (change.workspaceId) into.workspaces.add(change.workspaceId);
  return into;
}

function invalidate(touched: Touched): void {
  const stale = (queryKey: readonly unknown[]) => void queryClient.invalidateQueries({ queryKey });
  for (const id of touched.folders) {
    stale(keys.children(id));
    stale(keys.node(id));
  }
  for (const id of touched.nodes)
    for (const key of [
      keys.node(id),
      keys.children(id),
      keys.versions(id),
      keys.activity(id),
      keys.rules(id),
    ])
      stale(key);
  for (const id of touched.workspaces) stale(keys.trash(id));
  stale(keys.allAncestors);
  stale(keys.search);
  stale(keys.workspaces);
  stale(keys.shares);
  stale(keys.cells);
  // Something was given to whoever looks, or taken: which files that is, the server does not tell who lost them.
  if (touched.folders.has(receivedRoot)) for (const key of [['node'], keys.allChildren]) stale(key);
}

/** Root of the workspace in which everybody finds what was shared with them; the same on every server. */
const receivedRoot = '00000000-0000-7000-8000-000000000001';

/** Many changes at once (an upload of a folder) become one refresh every so often. */
function coalesced(): (change: Change) => void {
  let pending = nothing();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let busyUntil = 0;
  return (change) => {
    touchedBy(change, pending);
    if (timer) return;
    timer = setTimeout(
      () => {
        timer = null;
        busyUntil = Date.now() + 1500;
        invalidate(pending);
        pending = nothing();
      },
      Date.now() < busyUntil ? 1500 : 150,
    );
  };
}

/** Follows the server's changes as long as somebody is signed in. */
export function useLiveUpdates(): void {
  const userId = useSession((state) => state.me?.user.id);
  const expired = useSession((state) => state.expired);
  const attempt = useConnection((state) => state.attempt);
  useEffect(() => {
    if (!userId || expired) return;
    const stop = new AbortController();
    void follow(stop.signal);
    return () => stop.abort();
  }, [userId, expired, attempt]);
}

async function follow(signal: AbortSignal): Promise<void> {
  const note = coalesced();
  const onState = (connected: boolean) => {
    if (signal.aborted) return;
    useConnection.setState({ connected });
    // what changed between the reading of a list and the opening of the line was told to nobody
    if (connected) void queryClient.invalidateQueries({ queryKey: keys.allChildren });
  };
  try {
    for await (const event of client.events({ signal, onState })) {
      if (event.kind === 'change') note(event.change);
      else void queryClient.invalidateQueries();
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!isApiError(error, 'unauthenticated')) useConnection.setState({ connected: false });
  }
}
