/** The blobs of an embedded data folder where they lie, for tests that damage them: small ones are rows of one file, the others files. */
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';

function blobFile(folder: string, key: string): string {
  return path.join(folder, 'blobs', key.slice(-2), key);
}

function withSmallBlobs<T>(folder: string, work: (database: Database.Database) => T): T {
  const database = new Database(path.join(folder, 'blobs', 'small.db'), { timeout: 5000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Keys of all blobs. */
export async function listBlobs(folder: string): Promise<string[]> {
  const names = await readdir(path.join(folder, 'blobs'), { recursive: true });
  const files = names.flatMap((name) =>
    /^..[/\\]/.test(name) && !name.startsWith('..') ? [path.basename(name)] : [],
  );
  const small = withSmallBlobs(folder, (database) =>
    database.prepare<[], string>('select key from small').pluck().all(),
  );
  return [...files, ...small].sort();
}

export async function removeBlob(folder: string, key: string): Promise<void> {
  if (existsSync(blobFile(folder, key))) return rm(blobFile(folder, key));
  changeSmall(folder, 'delete from small where key = ?', key);
}

/** Leaves its first bytes: `size` of them, or as many as there are but for `-size`. */
export async function cutBlob(folder: string, key: string, size: number): Promise<void> {
  const file = blobFile(folder, key);
  if (existsSync(file)) return truncate(file, size < 0 ? (await readFile(file)).length + size : size);
  const length = size < 0 ? 'length(bytes) + ?' : '?';
  changeSmall(folder, `update small set bytes = substr(bytes, 1, ${length}) where key = ?`, size, key);
}

/** Turns one bit in the middle. */
export async function flipBlob(folder: string, key: string): Promise<void> {
  const file = blobFile(folder, key);
  if (!existsSync(file)) return flipSmall(folder, key);
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  const handle = await open(file, 'r+');
  await handle.write(Uint8Array.of((bytes[at] ?? 0) ^ 1), 0, 1, at);
  await handle.close();
}

function flipSmall(folder: string, key: string): void {
  withSmallBlobs(folder, (database) => {
    const bytes = database
      .prepare<[string], Buffer>('select bytes from small where key = ?')
      .pluck()
      .get(key);
    if (bytes === undefined) throw new Error(`there is no blob ${key}`);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    database.prepare('update small set bytes = ? where key = ?').run(bytes, key);
  });
}

function changeSmall(folder: string, sql: string, ...values: readonly (string | number)[]): void {
  const { changes } = withSmallBlobs(folder, (database) => database.prepare(sql).run(...values));
  if (changes !== 1) throw new Error(`there is no blob ${String(values.at(-1))}`);
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

/** A blob that nobody knows, old enough to be seen as left behind. */
export function addOrphan(folder: string, like: string): string {
  const key = like.slice(0, -6) + '00de' + like.slice(-2);
  withSmallBlobs(folder, (database) =>
    database
      .prepare('insert into small (key, modified_at, bytes) values (?, ?, ?)')
      .run(key, Date.now() - 7 * 86_400_000, Buffer.from('nobody knows this')),
  );
  return key;
}
