/** A disk of a few megabytes: a tmpfs, which only root may mount. */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, rmdir, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Somebody else's file, which the operator can do without. */
const reserveBytes = 3 * 2 ** 20;

export interface SmallDisk {
  readonly folder: string;
  /** Takes every byte that is left. */
  fill(): Promise<void>;
  /** Gives back what `fill` took, and the reserve that was taken at the beginning. */
  free(): Promise<void>;
  remove(): Promise<void>;
}

/** @returns null where it may not be mounted */
export async function mountSmallDisk(mebibytes: number): Promise<SmallDisk | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', folder]);
  } catch {
    await rmdir(folder);
    return null;
  }
  const ballast = path.join(folder, 'ballast');
  await writeFile(ballast, Buffer.alloc(reserveBytes));
  return {
    folder,
    fill: () => fillUp(ballast),
    free: () => rm(ballast, { force: true }),
    async remove() {
      await run('umount', ['-l', folder]);
      await rmdir(folder);
    },
  };
}

async function fillUp(file: string): Promise<void> {
  const handle = await open(file, 'a');
  try {
    // In ever smaller pieces: what is left after a large one that failed is less than it.
    for (const size of [2 ** 20, 2 ** 16, 2 ** 12]) await fillBy(handle, Buffer.alloc(size));
  } finally {
    await handle.close();
  }
}

async function fillBy(handle: FileHandle, piece: Buffer): Promise<void> {
  try {
    for (;;) await handle.writeFile(piece);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
