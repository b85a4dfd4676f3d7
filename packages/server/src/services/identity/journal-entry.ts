import type { Json } from '../../stores/config/contract.ts';
import type { JournalEntry, JournalKind } from '../journal/api.ts';

export type Facts = { readonly [key: string]: Json } | null;

/** A change of people or groups: no node, no bytes. Callers name each fact, so that no secret slips in. */
export function recordOf(
  kind: JournalKind,
  actorId: string | null,
  before: Facts,
  after: Facts,
): JournalEntry {
  return {
    kind,
    actorId,
    nodeId: null,
    parentId: null,
    workspaceId: null,
    before,
    after,
    bytes: 0,
    files: 0,
  };
}
