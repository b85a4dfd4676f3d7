/** What new roots begin with: a copy of what a folder holds, made in the transaction that makes the root. */
import type { Principal } from '../../kernel/context.ts';
import { READ } from '../access/api.ts';
import type { Beginning } from './api.ts';
import { gatherAll, insertParts, partOf, sumUp, TooMany, type Part } from './copy-parts.ts';
import type { Tree, Write } from './core.ts';
import * as entries from './journal-entries.ts';
import { findLive, type Live } from './live.ts';
import { FOLDER } from './tables.ts';

/** Files and folders: more would hold up whoever is waiting for the account. */
export const templateLimit = 2_000;

/**
 * All of it or nothing: accounts are also made where people sign in for the first time, which fails for no template. Why nothing was copied goes to
 * the log. The root is empty and in no other transaction's sight, so nothing is asked of locks and names.
 * @returns the keys of the names that are taken now
 */
export async function copyTemplate(
  tree: Tree,
  w: Write,
  root: Live,
  ownerId: string | null,
  { folderId, reader }: NonNullable<Beginning['template']>,
): Promise<ReadonlySet<string>> {
  const nothing = (why: string): ReadonlySet<string> => {
    tree.log.warn({ folder: folderId, workspace: root.workspace.id, why }, 'a template was not copied');
    return new Set();
  };
  const source = await findLive(tree, w.tx, folderId);
  if (source === null || source.row.kind !== FOLDER) return nothing('it is no folder any more');
  if (((await tree.access.decide(reader, source.chain)) & READ) === 0) return nothing('it may not be read');
  const parts = await partsOf(tree, w, source, reader);
  if (parts === null) return nothing(`it holds more than ${templateLimit} files and folders`);
  const [top, ...below] = parts;
  if (top === undefined) return new Set();
  sumUp(parts.map((part) => part.row));
  const { quota } = root.workspace;
  if (quota !== null && top.row.size > quota) return nothing('it is larger than the quota');
  const made = below.map(({ row, source: from }) => ({
    source: from,
    row: {
      ...row,
      parent_id: row.parent_id === top.row.id ? root.row.id : row.parent_id,
      created_by: ownerId,
      modified_by: ownerId,
    },
  }));
  await insertParts(tree, w, made);
  const firsts = made.filter(({ row }) => row.parent_id === root.row.id);
  for (const { row, source: from } of firsts) {
    const spot = { parentId: root.row.id, name: row.name, workspaceId: root.workspace.id };
    await tree.journal.append(w.tx, entries.copied(null, row, spot, from.id));
  }
  return new Set(firsts.map(({ row }) => row.name_key));
}

/** The folder and what is below it; null: too much. */
async function partsOf(tree: Tree, w: Write, source: Live, reader: Principal): Promise<Part[] | null> {
  const reading = { ...w, context: { ...w.context, principal: reader } };
  try {
    const top = partOf(tree, reading.context, source.row, null);
    return await gatherAll(tree, reading, source, top, templateLimit);
  } catch (error) {
    if (error instanceof TooMany) return null;
    throw error;
  }
}
