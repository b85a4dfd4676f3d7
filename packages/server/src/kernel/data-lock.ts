import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from './durable-file.ts';
import { AppError } from './errors.ts';
import { tryProcessLock } from './process-lock.ts';

export interface DataLock {
  release(): Promise<void>;
}

/**
 * Keeps a second server off the same data folder (made with mode 0700 if missing). The lock is the operating system's and
 * ends with the process, also by kill -9; `volvox.pid` only says whom to look for and decides nothing.
 * @throws conflict naming folder and holder; unavailable if the folder can't be made or written
 */
export async function lockDataFolder(folder: string): Promise<DataLock> {
  await makeFolder(folder);
  checkWritable(folder);
  const lock = await tryProcessLock(join(folder, 'volvox.lock'));
  const pidFile = join(folder, 'volvox.pid');
  if (lock === null) {
    const pid = readPid(pidFile);
    const holder = pid === null ? 'another process' : `process ${pid}`;
    throw new AppError(
      'conflict',
      `the data folder ${folder} is in use by ${holder}: stop it, or choose another folder`,
      {
        details: { pid },
      },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  let released = false;
  return {
    release: async () => {
      if (released) return;
      released = true;
      rmSync(pidFile, { force: true });
      lock.release();
    },
  };
}

/**
 * Keeps another server off a database file that lies outside its data folder: two would each take it for its own.
 * @throws conflict naming the file; unavailable if the lock's file beside it can't be made
 */
export async function lockDatabase(file: string): Promise<DataLock> {
  await makeFolder(dirname(file));
  const lock = await tryProcessLock(`${file}.lock`);
  if (lock === null)
    throw new AppError(
      'conflict',
      `the database ${file} is in use by another process: stop it, or choose another file`,
    );
  return { release: async () => lock.release() };
}

/** Tries it: permission bits alone do not tell (read-only mounts, other users, full disks). */
function checkWritable(folder: string): void {
  const probe = join(folder, `.write-test-${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
    rmSync(probe, { force: true });
    throw new AppError(
      'unavailable',
      `the data folder ${folder} cannot be written (${code}): check its owner and mode`,
      {
        cause: error,
      },
    );
  }
}

function readPid(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : null;
  } catch {
    return null;
  }
}
