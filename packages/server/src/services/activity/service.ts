/** Activity: follows the journal into feeds per node and person, and answers with what the principal may see. Owns no table. */
import type { Activity } from '@volvox/api';
import { AppError } from '../../kernel/errors.ts';
import { systemContext, type Context } from '../../kernel/context.ts';
import type { Started } from '../../kernel/service.ts';
import type { Json } from '../../stores/config/contract.ts';
import type { ActivityDocument, DocumentsStore } from '../../stores/documents/contract.ts';
import type { IdentityService } from '../identity/api.ts';
import type { Follower, JournalRow, JournalService } from '../journal/api.ts';
import type { Located, TreeService } from '../tree/api.ts';
import type { ActivityService } from './api.ts';

export interface ActivityDeps {
  readonly documents: DocumentsStore;
  readonly journal: JournalService;
  readonly tree: TreeService;
  readonly identity: Pick<IdentityService, 'names'>;
}

/** Entries looked at for one page before it is handed out short. */
const candidateLimit = 2000;

export function startActivity(deps: ActivityDeps): Started<ActivityService> {
  deps.journal.follow(activityFollower(deps), 'start');
  return {
    api: { list: (context, filter, limit, cursor) => list(deps, context, filter, limit, cursor) },
    stop: () => Promise.resolve(),
  };
}

function activityFollower(deps: ActivityDeps): Follower {
  return {
    name: 'activity',
    batchSize: 500,
    async handle(rows) {
      const wanted = rows.filter((row) => row.nodeId !== null && row.kind !== 'node.purged');
      const ids = [...new Set(wanted.flatMap((row) => (row.nodeId === null ? [] : [row.nodeId])))];
      const located = new Map((await deps.tree.locateMany(systemContext(), ids)).map((l) => [l.node.id, l]));
      await deps.documents.activity.append(
        wanted.map((row) => documentOf(row, located.get(row.nodeId ?? ''))),
      );
    },
    async rebuild(signal) {
      await deps.documents.activity.clear();
      // The journal is the only source: what retention took from it is no longer in the feeds either.
      for (let after = 0; ;) {
        const rows = await deps.journal.read(after, 500);
        const last = rows.at(-1);
        if (last === undefined || signal.aborted) return;
        await this.handle(rows, signal);
        after = last.seq;
      }
    },
  };
}

function documentOf(row: JournalRow, located: Located | undefined): ActivityDocument {
  const chain = located === undefined ? [row.nodeId, row.parentId] : [...located.chain].reverse();
  const name = text(row.after?.['name']) ?? text(row.before?.['name']) ?? located?.node.name ?? '';
  return {
    id: row.id,
    seq: row.seq,
    at: row.at,
    kind: row.kind,
    actorId: row.actorId,
    nodeId: row.nodeId,
    feedIds: chain.filter((id): id is string => id !== null),
    data: { name, before: row.before, after: row.after },
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function list(
  deps: ActivityDeps,
  context: Context,
  filter: { readonly node?: string; readonly user?: string },
  limit: number,
  cursor: string | undefined,
): Promise<{ items: Activity[]; next: string | null }> {
  const { principal } = context;
  if (filter.node !== undefined) await deps.tree.locate(context, filter.node);
  if (filter.node === undefined && filter.user === undefined)
    throw new AppError('invalid_input', 'ask for a node or a user');
  if (filter.user !== undefined && filter.user !== principal.userId && !principal.admin)
    throw new AppError('forbidden', 'only your own activity');
  const kept: { document: ActivityDocument; located: Located }[] = [];
  let next: string | null | undefined = cursor;
  for (let looked = 0; looked < candidateLimit;) {
    const page = await deps.documents.activity.query(
      {
        ...(filter.node === undefined ? {} : { feedId: filter.node }),
        ...(filter.user === undefined ? {} : { actorId: filter.user }),
      },
      limit - kept.length,
      next ?? undefined,
    );
    looked += Math.max(1, page.items.length);
    const ids = [...new Set(page.items.flatMap((d) => (d.nodeId === null ? [] : [d.nodeId])))];
    const located = new Map((await deps.tree.locateMany(context, ids)).map((l) => [l.node.id, l]));
    for (const document of page.items) {
      const hit = located.get(document.nodeId ?? '');
      if (hit !== undefined) kept.push({ document, located: hit });
    }
    next = page.next;
    if (next === null || kept.length >= limit) break;
  }
  const names = await deps.identity.names([
    ...new Set(kept.flatMap((k) => (k.document.actorId === null ? [] : [k.document.actorId]))),
  ]);
  return { items: kept.map((k) => present(k.document, k.located, names)), next: next ?? null };
}

function present(document: ActivityDocument, located: Located, names: ReadonlyMap<string, string>): Activity {
  const { actorId } = document;
  return {
    id: document.id,
    at: document.at,
    kind: document.kind,
    actor: actorId === null ? null : { id: actorId, displayName: names.get(actorId) ?? '' },
    node: { id: located.node.id, name: located.node.name, kind: located.node.kind },
    summary: summaryOf(document),
  };
}

/** Names and sizes only: ids of folders that the reader may not see stay out. */
function summaryOf(document: ActivityDocument): Record<string, unknown> {
  const pick = (side: Json | undefined): Record<string, unknown> => {
    if (side === null || typeof side !== 'object' || Array.isArray(side)) return {};
    const record = side as { readonly [key: string]: Json };
    return Object.fromEntries(
      ['name', 'size', 'kind'].flatMap((key) => (record[key] === undefined ? [] : [[key, record[key]]])),
    );
  };
  return {
    name: document.data['name'],
    before: pick(document.data['before']),
    after: pick(document.data['after']),
  };
}
