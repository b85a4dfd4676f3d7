import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from './errors.ts';
import { definePoint, reach } from './fault-points.ts';
import { tryProcessLock } from './process-lock.ts';
import type { StoreUrl } from './store-url.ts';

const beforeRename = definePoint('durable-file.before-rename');
const afterRename = definePoint('durable-file.after-rename');

/**
 * Replaces the file whole: a reader sees the old or the new bytes, and when this resolves the new ones survive a power cut
 * (fsync of file and folder). Writers of one file exclude each other with `withFileLock`.
 * @throws storage_full, unavailable; the old file is then untouched
 */
export async function writeFileDurably(
  path: string,
  bytes: Uint8Array | string,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', options.mode ?? 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await reach(beforeRename);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    await reach(afterRename);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileError(error, `cannot write ${path}`);
  }
}

/** Removes what writes to `path` left behind when their process was killed. Call it under `withFileLock(path)`. */
export async function removeLeftovers(path: string): Promise<void> {
  const start = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(start) && /^\d+-[0-9a-f]{12}\.tmp$/.test(name.slice(start.length))) {
      await rm(join(dirname(path), name), { force: true });
    }
  }
}

/** Makes a private folder, parents included. @throws unavailable naming the folder */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeWithParents(resolve(folder));
  } catch (error) {
    throw fileError(error, `cannot make the folder ${folder}`);
  }
}

/** Not `recursive` of mkdir: that never ends below a folder which takes no children and calls them missing (/proc). */
async function makeWithParents(folder: string): Promise<void> {
  const make = (): Promise<void> => mkdir(folder, { mode: 0o700 });
  const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);
  try {
    await make().catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
      await makeWithParents(dirname(folder));
      await make();
    });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
  }
}

/** So that the entries of the folder outlast a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // has no such call; NTFS journals the rename
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const queues = new Map<string, Promise<void>>();

/**
 * Runs `work` while nobody else, in this process or another on this machine, is inside `withFileLock` of the same path. First
 * come, first served within the process. Not re-entrant. A holder that is killed frees the lock. Leaves `<path>.lock` behind.
 * @throws unavailable (retryable) if another process holds it for longer than `timeoutMs`
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { readonly timeoutMs?: number } = {},
): Promise<T> {
  const name = resolve(path);
  const before = queues.get(name);
  const turn = Promise.withResolvers<void>();
  queues.set(name, turn.promise);
  await before;
  try {
    const lock = await waitForLock(name, options.timeoutMs ?? 10_000);
    try {
      return await work();
    } finally {
      lock.release();
    }
  } finally {
    if (queues.get(name) === turn.promise) queues.delete(name);
    turn.resolve();
  }
}

async function waitForLock(path: string, timeoutMs: number) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const lock = await tryProcessLock(`${path}.lock`);
    if (lock !== null) return lock;
    if (performance.now() > deadline) {
      throw new AppError('unavailable', `another process keeps ${path} locked`, { retryable: true });
    }
    await new Promise((done) => setTimeout(done, 1 + Math.random() * 15));
  }
}

/** A fault of the file system in our words; `what` names the file. */
export function fileError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new AppError(full ? 'storage_full' : 'unavailable', `${what} (${code})`, { cause: error });
}

/** The path that a `file:` URL names: `file:a/b` is relative, `file:/a/b` and `file:///a/b` are absolute. */
export function filePathOf(url: StoreUrl): string {
  if (url.hosts.length > 0)
    throw new AppError('invalid_input', `${url.toString()} names a host: write file:/path or file:path`);
  if (url.path === '') throw new AppError('invalid_input', `${url.toString()} names no file`);
  const absolute = url.toString().startsWith(`${url.scheme}://`) && !url.path.startsWith('/');
  return resolve(absolute ? `/${url.path}` : url.path);
}
