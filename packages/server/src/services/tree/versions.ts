/** Versions of files: list, bring back, remove, thin out. */
import type { Version } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { WRITE } from '../access/api.ts';
import { conflict, notFound } from './errors.ts';
import type { Changed } from './api.ts';
import { insertVersion } from './changes.ts';
import type { Tree, Write } from './core.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { hold, holdVersions, live, type Live } from './live.ts';
import { locate } from './locate.ts';
import { present, type VersionRow } from './rows.ts';
import { FILE } from './tables.ts';
import * as v from './version-queries.ts';
import { write } from './write.ts';

const thinBatch = 500;
const dayMs = 86_400_000;

export async function versions(
  tree: Tree,
  context: Context,
  nodeId: string,
  options: { readonly limit: number; readonly cursor?: string },
): Promise<{ readonly items: readonly Version[]; readonly next: string | null }> {
  const { node } = await locate(tree, context, nodeId);
  if (node.kind !== 'file') throw conflict('kind', 'a folder has no versions');
  const limit = Math.max(1, Math.min(options.limit, 1000));
  const [before = '~'] = options.cursor === undefined ? [] : decodeCursor('versions', 's', options.cursor);
  const rows = await tree.sql.reader.all(v.versionsBefore, {
    nodeId,
    before: String(before),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => ({
      id: row.id,
      nodeId,
      size: row.size,
      sha256: row.sha256,
      createdAt: row.created_at,
      createdBy: row.created_by,
      current: row.id === node.versionId,
    })),
    next: rows.length > limit && last !== undefined ? encodeCursor('versions', [last.id]) : null,
  };
}

export function restoreVersion(
  tree: Tree,
  context: Context,
  nodeId: string,
  versionId: string,
): Promise<Changed> {
  return write(tree, context, async (w) => {
    const { file, version } = await fileAndVersion(tree, w, nodeId, versionId);
    if (file.row.version_id === versionId) return { node: present(file.row), created: false };
    tree.quotas.charge(w, file.workspace, version.size - file.row.size);
    const { size, sha256 } = version;
    await holdVersions(tree, w, [versionId]);
    const row = await insertVersion(
      tree,
      w,
      file,
      { size, sha256, modifiedAt: tree.clock.now() },
      { restoredFrom: versionId },
    );
    await tree.contents.share(w.tx, [{ from: versionId, to: row.version_id ?? '' }]);
    return { node: present(row), created: false };
  });
}

export function deleteVersion(
  tree: Tree,
  context: Context,
  nodeId: string,
  versionId: string,
): Promise<void> {
  return write(tree, context, async (w) => {
    const { file, version } = await fileAndVersion(tree, w, nodeId, versionId);
    if (file.row.version_id === versionId) throw conflict('current', 'the current version cannot be removed');
    await w.tx.run(v.deleteVersions, { ids: [versionId] });
    await tree.contents.release(w.tx, [versionId]);
    await tree.journal.append(w.tx, {
      kind: 'version.deleted',
      actorId: context.principal.userId,
      nodeId,
      parentId: file.row.parent_id,
      workspaceId: file.workspace.id,
      before: { versionId, size: version.size },
      after: null,
      bytes: 0,
      files: 0,
    });
  });
}

async function fileAndVersion(
  tree: Tree,
  w: Write,
  nodeId: string,
  versionId: string,
): Promise<{ file: Live; version: VersionRow }> {
  const file = await hold(tree, w, await live(tree, w.tx, nodeId));
  await tree.access.require(w.tx, w.context, file.chain, WRITE);
  await tree.locks.require(w.tx, w.context, file.chain, 'content');
  const version = await w.tx.get(v.versionById, { id: versionId });
  if (file.row.kind !== FILE || version?.node_id !== nodeId) throw notFound();
  return { file, version };
}

/**
 * Removes versions older than `keepDays` (0: none), except the current one and the newest `keepLast` of each file. Ids begin with the
 * time, so the primary key is read in the order of age.
 */
export async function expireVersions(
  tree: Tree,
  policy: { readonly keepDays: number; readonly keepLast: number },
  signal: AbortSignal,
): Promise<number> {
  if (policy.keepDays <= 0) return 0;
  const before = idAt(tree.clock.now() - policy.keepDays * dayMs);
  let after = '';
  for (let removed = 0; ;) {
    const search = { after, before, keep: policy.keepLast, limit: thinBatch };
    const rows = signal.aborted ? [] : await tree.sql.background.all(v.thinnable, search);
    const last = rows.at(-1);
    if (last === undefined) return removed;
    after = last.id;
    removed += await thin(
      tree,
      rows.map((row) => row.id),
    );
  }
}

function thin(tree: Tree, candidates: readonly string[]): Promise<number> {
  return tree.sql.transaction(async (tx) => {
    const rows = await tx.all(v.notCurrent, { ids: candidates });
    const ids = rows.map((row) => row.id);
    if (ids.length === 0) return 0;
    await tx.run(v.deleteVersions, { ids });
    await tree.contents.release(tx, ids);
    const nowhere = { nodeId: null, parentId: null, workspaceId: null, after: null, bytes: 0, files: 0 };
    await tree.journal.append(tx, { kind: 'version.deleted', actorId: null, before: { ids }, ...nowhere });
    return ids.length;
  });
}

/** The smallest UUIDv7 of a time. */
function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
