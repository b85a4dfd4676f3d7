import type { Change } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Services } from '../contract.ts';
import { EventStream, type StreamRequest } from './event-stream.ts';
import { JournalTail } from './journal-tail.ts';
import { visibleChanges } from './visible-changes.ts';

/** The journal as clients may see it: as a list, and as server-sent events. */
export interface LiveUpdates {
  /**
   * Changes after a position. The client goes on after the last item while there is `more`, else (or without items) after
   * `head`. @param after null: only the head is told
   */
  list(
    context: Context,
    after: number | null,
    limit: number,
  ): Promise<{ items: Change[]; head: number; more: boolean }>;
  /** Sends until the client goes away, its credentials end, or `end`. */
  stream(request: StreamRequest): Promise<void>;
  /** Ends every stream; the clients come again, to another node or later. */
  end(): void;
}

/** Rows looked at for one list, however few of them may be seen. */
const scanLimit = 20_000;
const scanBatch = 1_000;

export function createLiveUpdates(
  services: Pick<Services, 'journal' | 'tree' | 'workspaces'>,
  log: Logger,
  beatMs = 20_000,
): LiveUpdates {
  const { journal } = services;
  const tail = new JournalTail(journal);
  const streams = new Set<EventStream>();
  let unsubscribe: (() => void) | null = null;
  let ended = false;

  return {
    async list(context, after, limit) {
      let head = await journal.head();
      if (after === null) return { items: [], head, more: false };
      const items: Change[] = [];
      let position = after;
      for (let scanned = 0; scanned < scanLimit; scanned += scanBatch) {
        const rows = await journal.read(position, Math.max(limit, scanBatch));
        const visible = await visibleChanges(services, context, rows);
        items.push(...visible.slice(0, limit - items.length));
        position = rows.at(-1)?.seq ?? position;
        head = Math.max(head, position);
        const last = rows.length < Math.max(limit, scanBatch);
        if (items.length >= limit)
          return { items, head, more: !last || visible.at(-1)?.seq !== items.at(-1)?.seq };
        if (last) return { items, head, more: false };
      }
      return { items, head: items.length === 0 ? position : head, more: true };
    },
    async stream(request) {
      unsubscribe ??= journal.onRing(() => {
        for (const stream of streams) stream.wake();
      });
      const stream = new EventStream(
        request,
        tail,
        (context, rows) => visibleChanges(services, context, rows),
        beatMs,
        log,
      );
      streams.add(stream);
      try {
        if (!ended) await stream.run();
        else request.request.res.end();
      } finally {
        streams.delete(stream);
      }
    },
    end() {
      ended = true;
      unsubscribe?.();
      for (const stream of streams) stream.end();
    },
  };
}
