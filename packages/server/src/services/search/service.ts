/** Search: follows the journal into the search index, and answers queries with what the principal may read. Owns no table. */
import path from 'node:path';
import { systemContext, type Context } from '../../kernel/context.ts';
import type { Started } from '../../kernel/service.ts';
import type { DocumentsStore, SearchDocument, SearchFilter } from '../../stores/documents/contract.ts';
import { purgedIds, type Follower, type JournalService } from '../journal/api.ts';
import type { Located, TreeNode, TreeService } from '../tree/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { SearchService } from './api.ts';

export interface SearchDeps {
  readonly documents: Pick<DocumentsStore, 'search'>;
  readonly journal: Pick<JournalService, 'follow' | 'head'>;
  readonly tree: TreeService;
  readonly workspaces: Pick<WorkspacesService, 'list'>;
}

const batchSize = 500;
/** Candidates looked at for one page before it is handed out short: bounds the cost of hits that may not be read. */
const candidateLimit = 5000;
/** Changes after which a whole subtree has to be put in or taken out. */
const subtreeKinds = new Set(['node.copied', 'node.restored', 'node.trashed']);

export function startSearch(deps: SearchDeps): Started<SearchService> {
  deps.journal.follow(searchFollower(deps), 'start');
  return {
    api: { search: (context, filter, limit, cursor) => search(deps, context, filter, limit, cursor) },
    stop: () => Promise.resolve(),
  };
}

async function search(
  deps: SearchDeps,
  context: Context,
  filter: SearchFilter & { readonly workspaceId?: string; readonly within?: string },
  limit: number,
  cursor: string | undefined,
): Promise<{ items: Located[]; next: string | null }> {
  const items: Located[] = [];
  let next: string | undefined | null = cursor;
  for (let looked = 0; looked < candidateLimit;) {
    // Pages of exactly what is still wanted, so that the store's cursor never skips a hit that was not handed out.
    const page = await deps.documents.search.query(filter, limit - items.length, next ?? undefined);
    looked += Math.max(1, page.items.length);
    const located = await deps.tree.locateMany(
      context,
      page.items.map((hit) => hit.id),
    );
    for (const hit of located) if (belongs(hit, filter)) items.push(hit);
    next = page.next;
    if (next === null || items.length >= limit) break;
  }
  return { items, next: next ?? null };
}

function belongs(hit: Located, filter: { readonly workspaceId?: string; readonly within?: string }): boolean {
  if (hit.trashed !== null || hit.names.length === 0) return false;
  if (filter.workspaceId !== undefined && hit.workspace.id !== filter.workspaceId) return false;
  return filter.within === undefined || (hit.node.id !== filter.within && hit.chain.includes(filter.within));
}

function searchFollower(deps: SearchDeps): Follower {
  const index = deps.documents.search;
  /** The row after the last one that was handled here. */
  let next = 0;
  /**
   * A walk meets what is there now, perhaps after later rows: a folder that was moved away in the meantime brings its members into the index
   * by its own row. So do all moves that came before this process took over, since nobody knows how far walks were ahead then.
   */
  let walkedAhead = 0;
  return {
    name: 'search',
    batchSize,
    async handle(rows, signal) {
      if (rows[0]?.seq !== next) walkedAhead = await deps.journal.head();
      const seqs = new Map<string, number>();
      for (const row of rows) {
        for (const id of purgedIds(row)) seqs.set(id, row.seq);
        if (row.nodeId !== null && row.kind.startsWith('node.')) seqs.set(row.nodeId, row.seq);
      }
      const located = new Map(
        (await deps.tree.locateMany(systemContext(), [...seqs.keys()])).map((l) => [l.node.id, l]),
      );
      const gone: string[] = [];
      const documents: SearchDocument[] = [];
      for (const [id, seq] of seqs) {
        const hit = located.get(id);
        if (hit === undefined || hit.trashed !== null) gone.push(id);
        else if (hit.names.length > 0) documents.push(documentOf(hit.node, seq));
      }
      const last = rows.at(-1)?.seq ?? 0;
      await index.remove(gone, last);
      await index.upsert(documents);
      for (const row of rows) {
        const hit = row.nodeId === null ? undefined : located.get(row.nodeId);
        if (hit?.node.kind !== 'folder') continue;
        if (!subtreeKinds.has(row.kind) && !(row.kind === 'node.moved' && row.seq <= walkedAhead)) continue;
        await indexSubtree(deps, hit, row.seq, signal);
        walkedAhead = await deps.journal.head();
      }
      next = last + 1;
    },
    async rebuild(signal) {
      const generation = await index.beginGeneration();
      const head = await deps.journal.head();
      for (const workspace of await deps.workspaces.list(systemContext())) {
        const root = await deps.tree.locate(systemContext(), workspace.rootId);
        await indexSubtree(deps, root, head, signal);
      }
      await index.endGeneration(generation);
      walkedAhead = await deps.journal.head();
    },
  };
}

async function indexSubtree(deps: SearchDeps, top: Located, seq: number, signal: AbortSignal): Promise<void> {
  let batch: TreeNode[] = [];
  const flush = async (): Promise<void> => {
    if (top.trashed !== null)
      await deps.documents.search.remove(
        batch.map((node) => node.id),
        seq,
      );
    else await deps.documents.search.upsert(batch.map((node) => documentOf(node, seq)));
    batch = [];
  };
  for await (const { node } of deps.tree.walk(systemContext('search', signal), top, signal)) {
    if (node.id !== top.node.id) batch.push(node);
    if (batch.length >= batchSize) await flush();
  }
  await flush();
}

function documentOf(node: TreeNode, seq: number): SearchDocument {
  return {
    id: node.id,
    name: node.name,
    kind: node.kind,
    size: node.size,
    modifiedAt: node.modifiedAt,
    owner: node.createdBy,
    extension: node.kind === 'file' ? path.extname(node.name).slice(1).toLowerCase() : '',
    seq,
  };
}
