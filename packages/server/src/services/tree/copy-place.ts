/** What a copy is of, where it goes, and whether it may. */
import { READ, WRITE } from '../access/api.ts';
import type { OnConflict } from './api.ts';
import type { Tree, Write } from './core.ts';
import { conflict } from './errors.ts';
import { live, liveFolder, type Live } from './live.ts';
import { checkName, nameKey } from './names.ts';
import * as q from './queries.ts';
import { FOLDER } from './tables.ts';

export interface CopyTarget {
  readonly parentId: string;
  readonly name?: string;
}

export interface CopyOptions {
  readonly onConflict?: OnConflict;
  readonly shallow?: boolean;
}

export interface CopyPlace {
  readonly source: Live;
  readonly target: Live;
  readonly name: string;
}

/** Everything that can be refused before rows are made. */
export async function mayCopy(
  tree: Tree,
  w: Write,
  nodeId: string,
  to: CopyTarget,
  options: CopyOptions,
): Promise<CopyPlace> {
  const source = await live(tree, w.tx, nodeId);
  await tree.access.require(w.tx, w.context, source.chain, READ);
  const target = await liveFolder(tree, w, to.parentId);
  await tree.access.require(w.tx, w.context, target.chain, WRITE);
  await tree.locks.require(w.tx, w.context, target.chain, 'members');
  if (options.shallow !== true && source.row.kind === FOLDER && target.chain.includes(nodeId)) {
    throw conflict('into_itself', 'a folder cannot be copied into itself');
  }
  const name = to.name === undefined ? source.row.name : checkName(to.name);
  const there = await w.tx.get(q.childNamed, { parentId: target.row.id, key: nameKey(name) });
  if (there !== undefined && (options.onConflict ?? 'fail') === 'fail') {
    throw conflict('exists', `"${name}" is there already`, { nodeId: there.id });
  }
  return { source, target, name };
}
