/** For services that keep rows of nodes: they hear of those that are gone for good. */
import type { Json } from '../../stores/config/contract.ts';

/** What is asked of a row of the journal. */
interface Row {
  readonly kind: string;
  readonly nodeId: string | null;
  readonly before: { readonly [key: string]: Json } | null;
}

interface Followed {
  follow(
    follower: {
      readonly name: string;
      readonly batchSize: number;
      handle(rows: readonly Row[]): Promise<void>;
    },
    from: 'start',
  ): void;
}

/** @param handle is given ids of purged nodes, the same perhaps again; throwing asks for another time. A new name begins with the oldest rows. */
export function followPurges(
  journal: Followed,
  name: string,
  handle: (nodeIds: readonly string[]) => Promise<void>,
): void {
  const follower = {
    name,
    batchSize: 500,
    async handle(rows: readonly Row[]): Promise<void> {
      const ids = rows.flatMap(goneIds);
      if (ids.length > 0) await handle(ids);
    },
  };
  journal.follow(follower, 'start');
}

/** Ids of the nodes that a row of the journal tells are gone for good. */
export function purgedIds(row: Pick<Row, 'kind' | 'before'>): readonly string[] {
  const ids = row.kind === 'node.purged' ? row.before?.['ids'] : undefined;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
}

/** The root of a workspace is no purged node: it goes with it. */
function goneIds(row: Row): readonly string[] {
  if (row.kind !== 'workspace.deleted') return purgedIds(row);
  return row.nodeId === null ? [] : [row.nodeId];
}
