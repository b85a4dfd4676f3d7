import {
  errorCodes,
  type BatchResult,
  type Conflict,
  type ErrorCode,
  type Node,
  type Routes,
} from '@volvox/api';
import type { InfiniteData } from '@tanstack/react-query';
import { ApiError, type Output } from '@volvox/client';
import type { Static } from 'typebox';
import { t } from '../i18n/index.ts';
import { askConflicts } from '../upload/conflict-store.ts';
import type { Decision } from '../upload/conflicts.ts';
import { client } from './client.ts';
import { keys } from './keys.ts';
import { tell, tellError } from './notify.tsx';
import { queryClient } from './query-client.ts';

/** Changes to files: shown at once, sent, and with a way back. The list is read again whatever comes of it. */
type Listing = InfiniteData<Output<Routes['listChildren']>>;
type Result = Static<typeof BatchResult>['results'][number];
type Verb = 'move' | 'copy' | 'trash' | 'restore' | 'purge';
interface BatchOptions {
  readonly parentId?: string;
  readonly conflict?: Conflict;
}
const batchLimit = 1000;

function patchListings(parentId: string, change: (items: readonly Node[]) => readonly Node[]): void {
  queryClient.setQueriesData<Listing>({ queryKey: keys.children(parentId) }, (data) => {
    if (!data || !('pages' in data)) return data;
    return {
      ...data,
      pages: data.pages.map((page) => {
        const items = [...change(page.items)];
        const gone = page.items.length - items.length;
        return { ...page, items, ...(page.total === undefined ? {} : { total: page.total - gone }) };
      }),
    };
  });
}

function refresh(...folderIds: readonly (string | null | undefined)[]): void {
  for (const id of new Set(folderIds))
    if (id) void queryClient.invalidateQueries({ queryKey: keys.children(id) });
  void queryClient.invalidateQueries({ queryKey: keys.workspaces });
}

async function batch(verb: Verb, ids: readonly string[], options: BatchOptions = {}): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < ids.length; start += batchLimit) {
    const answer = await client.call('batchNodes', {
      body: { verb, ids: ids.slice(start, start + batchLimit), ...options },
    });
    results.push(...answer.results);
  }
  return results;
}

export async function rename(node: Node, name: string): Promise<void> {
  const show = (text: string) =>
    node.parentId &&
    patchListings(node.parentId, (items) =>
      items.map((item) => (item.id === node.id ? { ...item, name: text } : item)),
    );
  show(name);
  try {
    await client.call('updateNode', { params: { id: node.id }, body: { name } });
    tell(t('done.renamed', { name }), async () => {
      await client.call('updateNode', { params: { id: node.id }, body: { name: node.name } });
      refresh(node.parentId);
    });
  } catch (error) {
    show(node.name);
    throw error;
  } finally {
    refresh(node.parentId);
    void queryClient.invalidateQueries({ queryKey: keys.node(node.id) });
  }
}

export async function createFolder(parentId: string, name: string): Promise<Node> {
  const node = await client.call('createFolder', { params: { id: parentId }, body: { name } });
  refresh(parentId);
  return node;
}

export async function trash(nodes: readonly Node[]): Promise<void> {
  const ids = nodes.map((node) => node.id);
  const parents = nodes.map((node) => node.parentId);
  removeFromLists(nodes);
  try {
    const done = succeeded(await batch('trash', ids), nodes);
    if (done.length > 0) {
      tell(
        done.length === 1
          ? t('done.trashedOne', { name: done[0]?.name ?? '' })
          : t('done.trashed', { count: done.length }),
        async () => {
          await batch(
            'restore',
            done.map((node) => node.id),
          );
          refresh(...parents);
          refreshTrash(nodes);
        },
      );
    }
  } catch (error) {
    tellError(error, t('errors.trash'));
  } finally {
    refresh(...parents);
    refreshTrash(nodes);
  }
}

/** Moves or copies; where names are taken the person decides, then those go again. */
export async function transfer(
  verb: 'move' | 'copy',
  nodes: readonly Node[],
  target: Pick<Node, 'id' | 'name'>,
): Promise<void> {
  const parents = nodes.map((node) => node.parentId);
  if (verb === 'move') removeFromLists(nodes);
  try {
    const results = await batch(
      verb,
      nodes.map((node) => node.id),
      { parentId: target.id },
    );
    const clashing = nodes.filter((node) =>
      results.some((result) => result.id === node.id && result.code === 'conflict'),
    );
    const done = succeeded(
      results.filter((result) => result.code !== 'conflict'),
      nodes,
    );
    if (clashing.length > 0) done.push(...(await again(verb, clashing, target.id)));
    if (done.length === 0) return;
    const text = t(verb === 'move' ? 'done.moved' : 'done.copied', {
      count: done.length,
      target: target.name,
    });
    tell(text, verb === 'move' ? () => moveBack(done, target.id) : undefined);
  } catch (error) {
    tellError(error, t(verb === 'move' ? 'errors.move' : 'errors.copy'));
  } finally {
    refresh(...parents, target.id);
  }
}

async function again(verb: 'move' | 'copy', nodes: readonly Node[], parentId: string): Promise<Node[]> {
  const decisions = await askConflicts(
    nodes.map((node) => ({ name: node.name, folder: node.kind === 'folder' })),
  );
  const done: Node[] = [];
  for (const conflict of ['keep_both', 'replace'] as const satisfies readonly Decision[]) {
    const chosen = nodes.filter((node) => decisions?.get(node.name) === conflict);
    if (chosen.length > 0)
      done.push(
        ...succeeded(
          await batch(
            verb,
            chosen.map((node) => node.id),
            { parentId, conflict },
          ),
          chosen,
        ),
      );
  }
  return done;
}

async function moveBack(nodes: readonly Node[], from: string): Promise<void> {
  const parents = new Set(nodes.map((node) => node.parentId));
  for (const parentId of parents) {
    if (parentId === null) continue;
    const own = nodes.filter((node) => node.parentId === parentId);
    await batch(
      'move',
      own.map((node) => node.id),
      { parentId },
    );
  }
  refresh(...parents, from);
}

export async function restore(nodes: readonly Node[], parentId?: string): Promise<void> {
  try {
    let results = await batch(
      'restore',
      nodes.map((node) => node.id),
      parentId ? { parentId } : {},
    );
    const taken = results.filter((result) => result.code === 'conflict').map((result) => result.id);
    if (taken.length > 0) {
      const again = await batch('restore', taken, {
        ...(parentId ? { parentId } : {}),
        conflict: 'keep_both',
      });
      results = [...results.filter((result) => result.code !== 'conflict'), ...again];
    }
    const done = succeeded(results, nodes);
    if (done.length > 0) tell(t('done.restored', { count: done.length }));
    refresh(...results.map((result) => result.node?.parentId));
  } catch (error) {
    tellError(error, t('errors.restore'));
  } finally {
    refreshTrash(nodes);
  }
}

export async function purge(nodes: readonly Node[]): Promise<void> {
  try {
    const done = succeeded(
      await batch(
        'purge',
        nodes.map((node) => node.id),
      ),
      nodes,
    );
    if (done.length > 0) tell(t('done.purged', { count: done.length }));
  } catch (error) {
    tellError(error, t('errors.purge'));
  } finally {
    refreshTrash(nodes);
    refresh();
  }
}

function removeFromLists(nodes: readonly Node[]): void {
  const ids = new Set(nodes.map((node) => node.id));
  for (const parentId of new Set(nodes.map((node) => node.parentId))) {
    if (parentId) patchListings(parentId, (items) => items.filter((item) => !ids.has(item.id)));
  }
}

function refreshTrash(nodes: readonly Node[]): void {
  for (const id of new Set(nodes.map((node) => node.workspaceId)))
    void queryClient.invalidateQueries({ queryKey: keys.trash(id) });
}

/** Tells what failed, once, and gives back what did not. */
function succeeded(results: readonly Result[], nodes: readonly Node[]): Node[] {
  const failed = results.filter((result) => !result.ok);
  const first = failed[0];
  if (first) {
    const name = nodes.find((node) => node.id === first.id)?.name ?? '';
    const error = new ApiError(isKnown(first.code) ? first.code : 'internal', first.detail ?? '', {
      status: 200,
    });
    tellError(
      error,
      failed.length === 1 ? t('errors.one', { name }) : t('errors.several', { count: failed.length }),
    );
  }
  const ok = new Set(results.filter((result) => result.ok).map((result) => result.id));
  return nodes.filter((node) => ok.has(node.id));
}

const isKnown = (code: string | undefined): code is ErrorCode => code !== undefined && code in errorCodes;
