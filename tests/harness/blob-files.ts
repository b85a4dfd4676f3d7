/** The blobs of an embedded data folder as files, for tests that damage them. */
import { open, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';

export function blobFile(folder: string, key: string): string {
  return path.join(folder, 'blobs', key.slice(-2), key);
}

/** Keys of all blobs. */
export async function listBlobs(folder: string): Promise<string[]> {
  const names = await readdir(path.join(folder, 'blobs'), { recursive: true });
  return names.flatMap((name) => (/^..[/\\]/.test(name) ? [path.basename(name)] : [])).sort();
}

/** The chunk that holds a file's present content; only while no server runs or only reading. */
export function chunkOf(folder: string, nodeId: string): string {
  return withDatabase(folder, (database) => {
    const key: unknown = database
      .prepare('select chunk_id from version_chunks join nodes using (version_id) where nodes.id = ?')
      .pluck()
      .get(nodeId);
    if (typeof key !== 'string') throw new Error(`${nodeId} has no chunk`);
    return key;
  });
}

export function withDatabase<T>(folder: string, work: (database: Database.Database) => T): T {
  const database = new Database(path.join(folder, 'volvox.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Turns one bit in the middle. */
export async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  const handle = await open(file, 'r+');
  await handle.write(Uint8Array.of((bytes[at] ?? 0) ^ 1), 0, 1, at);
  await handle.close();
}

/** A blob that nobody knows, old enough to be seen as left behind. */
export async function addOrphan(folder: string, like: string): Promise<string> {
  const key = like.slice(0, -6) + '00dead'.slice(0, 4) + like.slice(-2);
  const file = blobFile(folder, key);
  await writeFile(file, 'nobody knows this', { mode: 0o600 });
  const old = new Date(Date.now() - 7 * 86_400_000);
  await utimes(file, old, old);
  return key;
}
