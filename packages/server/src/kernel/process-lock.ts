import { closeSync, openSync } from 'node:fs';
import { AppError } from './errors.ts';

/** Held until released or until the process dies, however it dies. */
export interface ProcessLock {
  release(): void;
}

/**
 * Takes an exclusive lock on the file `path` (made if missing, never removed, always empty), or returns null at once if
 * somebody else holds it, in this process or another. It is SQLite's lock: the operating system frees it with the process,
 * so there is nothing stale to detect. Never open `path` by other means: on POSIX systems closing any descriptor of a file
 * drops the locks that this process has on it.
 * @throws unavailable if the file can't be made or is no lock file
 */
export async function tryProcessLock(path: string): Promise<ProcessLock | null> {
  const { default: Database } = await import('better-sqlite3');
  makePrivately(path);
  let db: InstanceType<typeof Database> | null = null;
  try {
    db = new Database(path, { timeout: 0 });
    db.pragma('journal_mode = MEMORY'); // no journal file beside the lock
    db.exec('BEGIN EXCLUSIVE');
    const held = db;
    return { release: () => void held.close() };
  } catch (error) {
    db?.close();
    if (codeOf(error).startsWith('SQLITE_BUSY')) return null;
    throw new AppError('unavailable', `cannot lock ${path} (${codeOf(error)})`, { cause: error });
  }
}

/** SQLite would make it readable by all. `wx` opens no descriptor of a file that exists (see above). */
function makePrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    throw new AppError('unavailable', `cannot make the lock file ${path} (${codeOf(error)})`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
