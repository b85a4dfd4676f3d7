/** Dead properties (RFC 4918) and times of nodes. */
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { WRITE } from '../access/api.ts';
import type { Tree } from './core.ts';
import { hold, live } from './live.ts';
import { checkTime } from './put.ts';
import * as q from './queries.ts';
import { FOLDER } from './tables.ts';
import { write } from './write.ts';

const maxNameLength = 600;
const maxValueBytes = 65_536;
const maxProperties = 200;
/** Of one node: a listing holds those of a thousand nodes in memory, copies multiply them, and no quota counts them. */
const maxTotalBytes = 65_536;

export async function patchProperties(
  tree: Tree,
  context: Context,
  nodeId: string,
  changes: ReadonlyMap<string, string | null>,
  modifiedAt?: number,
): Promise<void> {
  checkTime(modifiedAt);
  checkChanges(changes);
  if (changes.size === 0 && modifiedAt === undefined) return;
  await write(tree, context, async (w) => {
    const node = await hold(tree, w, await live(tree, w.tx, nodeId));
    await tree.access.require(w.tx, context, node.chain, WRITE);
    await tree.locks.require(w.tx, context, node.chain, 'content');
    await w.tx.run(q.deleteProperties, { nodeId, names: [...changes.keys()] });
    const rows = [...changes].flatMap(([name, value]) => (value === null ? [] : [{ nodeId, name, value }]));
    await w.tx.runMany(q.insertProperty, rows);
    checkTotal(await w.tx.all(q.propertiesOf, { ids: [nodeId] }));
    const actorId = context.principal.userId;
    const time = modifiedAt ?? (node.row.kind === FOLDER ? tree.clock.now() : node.row.modified_at);
    if (time !== node.row.modified_at)
      await w.tx.run(q.touchNode, { id: nodeId, modifiedAt: time, modifiedBy: actorId });
    await tree.journal.append(w.tx, {
      kind: 'node.properties',
      actorId,
      nodeId,
      parentId: node.row.parent_id,
      workspaceId: node.workspace.id,
      before: { modifiedAt: node.row.modified_at },
      after: { names: [...changes.keys()], modifiedAt: time },
      bytes: 0,
      files: 0,
    });
  });
}

function checkTotal(rows: readonly { readonly name: string; readonly value: string }[]): void {
  if (rows.length > maxProperties)
    throw new AppError('too_large', `a node has at most ${maxProperties} properties`);
  const bytes = rows.reduce(
    (sum, row) => sum + Buffer.byteLength(row.name) + Buffer.byteLength(row.value),
    0,
  );
  if (bytes > maxTotalBytes + maxNameLength)
    throw new AppError('too_large', `the properties of a node have at most ${maxTotalBytes} bytes together`);
}

function checkChanges(changes: ReadonlyMap<string, string | null>): void {
  for (const [name, value] of changes) {
    if (name.length > maxNameLength || !name.isWellFormed())
      throw new AppError('invalid_input', 'the name of a property is too long or not Unicode');
    if (value !== null && (Buffer.byteLength(value) > maxValueBytes || !value.isWellFormed())) {
      throw new AppError('too_large', `the value of a property has at most ${maxValueBytes} bytes`);
    }
  }
}

export function properties(
  tree: Tree,
  nodeIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  return readProperties(tree.sql.reader, nodeIds);
}

/** As `reader` sees them; access asks inside transactions. */
export async function readProperties(
  reader: SqlReader,
  nodeIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const byNode = new Map<string, Map<string, string>>();
  if (nodeIds.length === 0) return byNode;
  for (const row of await reader.all(q.propertiesOf, { ids: nodeIds })) {
    const values = byNode.get(row.node_id) ?? new Map<string, string>();
    byNode.set(row.node_id, values.set(row.name, row.value));
  }
  return byNode;
}
