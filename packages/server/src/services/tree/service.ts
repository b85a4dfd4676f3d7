/**
 * The tree of files and folders: where things hang, what versions they have, what is in the trash, how large folders are. Bytes
 * belong to contents, rights to access, locks to locks. Each verb has a module of its own; this one puts them together.
 */
import type { Started } from '../../kernel/service.ts';
import type { Dialect, SqlReader } from '../../stores/sql/contract.ts';
import { WRITE } from '../access/api.ts';
import { notFound } from './errors.ts';
import type { TreeService } from './api.ts';
import { check } from './check.ts';
import { copy } from './copy.ts';
import { removeStaleCopies } from './copy-staged.ts';
import type { Tree, TreeDeps } from './core.ts';
import { Counts } from './counts.ts';
import { createFolder, createRoot, ensureFolders, removeRoot } from './folders.ts';
import { children, list, walk } from './list.ts';
import { live } from './live.ts';
import * as lock from './lock-queries.ts';
import { mountsOf } from './mounts.ts';
import { move } from './move.ts';
import { patchProperties, properties } from './properties.ts';
import { emptyTrash, expireTrash, finishPurges, purge } from './purge.ts';
import { putFile } from './put.ts';
import * as q from './queries.ts';
import { Quotas } from './quota.ts';
import { chainIn, locate, locateMany } from './locate.ts';
import { below, resolve } from './resolve.ts';
import { Sizes } from './sizes.ts';
import { listTrash, restore, trash } from './trash.ts';
import { deleteVersion, expireVersions, restoreVersion, versions } from './versions.ts';

export function startTree(deps: TreeDeps): Started<TreeService> {
  const sizes = new Sizes(deps.sql, deps.journal);
  const tree: Tree = {
    ...deps,
    sizes,
    quotas: new Quotas(deps.clock, (workspace) => sizes.used(workspace), deps.sql.dialect === 'sqlite'),
    counts: new Counts(
      async (parentId) => (await deps.sql.background.get(q.countChildren, { parentId }))?.count ?? 0,
      () => deps.clock.monotonic(),
    ),
  };
  deps.locks.bindTree(async (tx, context, chain) => {
    await keepStill(deps.sql.dialect, tx, chain);
    const node = await live(tree, tx, chain.at(-1) ?? '');
    if (node.chain.length !== chain.length || node.chain.some((id, i) => id !== chain[i])) throw notFound();
    await tree.access.require(tx, context, chain, WRITE);
  });
  return { api: apiOf(tree), stop: () => Promise.resolve() };
}

/**
 * A lock's chain stays true: where writers run side by side, moves wait for the root's row, and what is being written to the node is
 * waited for.
 */
async function keepStill(dialect: Dialect, tx: SqlReader, chain: readonly string[]): Promise<void> {
  if (dialect === 'sqlite') return;
  await tx.get(lock.lockShared, { id: chain[0] ?? '' });
  await tx.get(lock.nodeToChange, { id: chain.at(-1) ?? '' });
}

function apiOf(tree: Tree): TreeService {
  return {
    resolve: (context, workspace, segments, above) => resolve(tree, context, workspace, segments, above),
    below: (context, folder, segments) => below(tree, context, folder, segments),
    locate: (context, nodeId, need) => locate(tree, context, nodeId, need),
    list: (context, folder, options) => list(tree, context, folder, options),
    children: (context, folder, signal) => children(tree, context, folder, signal),
    mounts: (context, workspace) => mountsOf(tree, context, workspace),
    walk: (context, top, signal) => walk(tree, context, top, signal),
    folderSize: (folderId) => tree.sizes.folder(folderId),
    async usage(workspace) {
      const used = await tree.sizes.used(workspace);
      return { used, free: workspace.quota === null ? null : Math.max(0, workspace.quota - used) };
    },
    usedOf: (workspaces) => tree.sizes.usedOf(workspaces),
    chainIn: (reader, nodeId) => chainIn(tree, reader, nodeId),
    locateMany: (context, ids) => locateMany(tree, context, ids),

    createFolder: (context, parentId, name, onConflict) =>
      createFolder(tree, context, parentId, name, onConflict),
    ensureFolders: (context, parentId, names) => ensureFolders(tree, context, parentId, names),
    putFile: (context, target, content, options) => putFile(tree, context, target, content, options),
    move: (context, nodeId, to, options) => move(tree, context, nodeId, to, options),
    copy: (context, nodeId, to, options) => copy(tree, context, nodeId, to, options),
    trash: (context, nodeId, options) => trash(tree, context, nodeId, options),
    listTrash: (context, workspace, options) => listTrash(tree, context, workspace, options),
    restore: (context, nodeId, options) => restore(tree, context, nodeId, options),
    purge: (context, nodeId) => purge(tree, context, nodeId),
    emptyTrash: (context, workspace) => emptyTrash(tree, context, workspace),
    versions: (context, nodeId, options) => versions(tree, context, nodeId, options),
    restoreVersion: (context, nodeId, versionId) => restoreVersion(tree, context, nodeId, versionId),
    deleteVersion: (context, nodeId, versionId) => deleteVersion(tree, context, nodeId, versionId),
    patchProperties: (context, nodeId, changes, modifiedAt) =>
      patchProperties(tree, context, nodeId, changes, modifiedAt),
    properties: (nodeIds) => properties(tree, nodeIds),

    createRoot: (tx, root, begin) => createRoot(tree, tx, root, begin),
    removeRoot: (tx, root) => removeRoot(tree, tx, root),
    rollUpSizes: (signal) => tree.sizes.rollUp(signal),
    expireTrash: (olderThanMs, signal) => expireTrash(tree, olderThanMs, signal),
    expireVersions: (policy, signal) => expireVersions(tree, policy, signal),
    async finishInterrupted(signal) {
      return (await finishPurges(tree, signal)) + (await removeStaleCopies(tree, signal));
    },
    check: (options) => check(tree, options),
  };
}
