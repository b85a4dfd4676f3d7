import type { Context } from '../../kernel/context.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { Chunk, StoredContent } from '../contents/api.ts';
import type { TreeNode } from '../tree/api.ts';
import type { UploadTarget } from './api.ts';
import type { UploadsDeps } from './deps.ts';
import * as queries from './queries.ts';

/** From parts to files: no byte is copied, the parts' chunks become the file's. */

export async function chunksOf({ sql, contents }: UploadsDeps, uploadId: string): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (const part of await sql.reader.all(queries.selectParts, { uploadId })) {
    chunks.push(...(await contents.chunksOf(part.part_id)));
  }
  return chunks;
}

export function joined(chunks: readonly Chunk[]): StoredContent {
  const only = chunks.length === 1 ? chunks[0] : undefined;
  return { chunks, size: chunks.reduce((sum, chunk) => sum + chunk.size, 0), sha256: only?.sha256 ?? null };
}

/** `extra` and the file are one transaction. */
export async function makeFile(
  { tree }: UploadsDeps,
  context: Context,
  target: UploadTarget,
  content: StoredContent,
  extra: (tx: SqlTransaction, node: TreeNode) => Promise<void>,
): Promise<TreeNode> {
  const { folders, name, onConflict, modifiedAt } = target;
  const folder = folders.length === 0 ? null : await tree.ensureFolders(context, target.parentId, folders);
  const place = { parentId: folder?.id ?? target.parentId, name };
  const options = { onConflict, extra, ...(modifiedAt === undefined ? {} : { modifiedAt }) };
  return (await tree.putFile(context, place, content, options)).node;
}

export async function releaseParts(
  { contents }: UploadsDeps,
  tx: SqlTransaction,
  uploadId: string,
): Promise<void> {
  const parts = await tx.all(queries.selectParts, { uploadId });
  if (parts.length === 0) return;
  const ids = parts.map((part) => part.part_id);
  await contents.release(tx, ids);
  await tx.run(queries.deleteParts, { uploadId });
}
