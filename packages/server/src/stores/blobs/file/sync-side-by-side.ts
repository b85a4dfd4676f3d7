import fs from 'node:fs';

/** Slower than this is a real disk: then syncing side by side lets the file system commit them together. */
const slowSyncMs = 0.2;

const kinds = {
  contents: { now: fs.fdatasyncSync, later: fs.fdatasync },
  folder: { now: fs.fsyncSync, later: fs.fsync },
};

/** Syncs each descriptor: in turn while that is quick (memory, battery-backed disks), all at once from the first slow one on. */
export async function syncEach(
  fds: readonly number[],
  kind: keyof typeof kinds,
  failed: (index: number, error: unknown) => void,
): Promise<void> {
  const { now, later } = kinds[kind];
  let slow = false;
  const running: Promise<void>[] = [];
  for (const [index, fd] of fds.entries()) {
    if (slow) {
      running.push(
        new Promise((done) => later(fd, (error) => (error !== null && failed(index, error), done()))),
      );
      continue;
    }
    const started = performance.now();
    try {
      now(fd);
    } catch (error) {
      failed(index, error);
    }
    slow = performance.now() - started > slowSyncMs;
  }
  await Promise.all(running);
}
