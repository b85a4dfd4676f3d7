/**
 * Worker thread that does the small system calls of the blob folder, many blobs per message. Synchronous calls here cost a
 * third of the processor time of asynchronous ones on the event loop (README), and nobody waits but this thread.
 */
import fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { errnoOf } from './errors.ts';
import { layoutOf } from './layout.ts';
import { createTemporary, Publisher } from './small-files.ts';
import { syncEach } from './sync-side-by-side.ts';
import type { WriterAnswer, WriterBatch, WriterJob, WriterSetup } from './writer-protocol.ts';

const setup = workerData as WriterSetup;
const layout = layoutOf(setup.root);
const publisher = new Publisher(layout, setup.sync);

interface Work {
  readonly job: WriterJob;
  fault: unknown;
  /** Open while the contents are not synced yet; -1 otherwise. */
  fd: number;
  /** Whether the temporary file, then the blob itself, is ours to remove on failure. */
  owns: 'nothing' | 'temporary' | 'blob';
}

parentPort?.on('message', (batch: WriterBatch) => {
  void perform(batch).then((answer) => parentPort?.postMessage(answer));
});

async function perform(batch: WriterBatch): Promise<WriterAnswer> {
  const works = batch.jobs.map((job): Work => ({ job, fault: null, fd: -1, owns: 'nothing' }));
  for (const work of works) attempt(work, () => begin(work, batch.bytes));
  if (setup.sync) await syncContents(works.filter((work) => work.fd >= 0 && work.fault === null));
  for (const work of works) if (work.fd >= 0) attempt(work, () => fs.closeSync(work.fd));
  for (const work of works) if (work.fault === null) attempt(work, () => publish(work));
  if (setup.sync) await syncFolders(works);
  if (works.every((work) => work.fault === null)) return null;
  return works.map((work) => (work.fault === null ? null : giveUp(work)));
}

function attempt(work: Work, step: () => void): void {
  try {
    step();
  } catch (error) {
    work.fault ??= error;
  }
}

function begin(work: Work, bytes: Uint8Array): void {
  const { job } = work;
  if (job.kind === 'delete') return remove(job.keys);
  if (job.kind === 'put') {
    work.fd = createTemporary(layout, job.key, bytes.subarray(job.start, job.start + job.length));
  }
  work.owns = 'temporary';
}

function remove(keys: readonly string[]): void {
  for (const key of keys) {
    try {
      fs.unlinkSync(layout.final(key));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}

async function syncContents(works: readonly Work[]): Promise<void> {
  await syncEach(
    works.map((work) => work.fd),
    'contents',
    (index, error) => blame(works[index], error),
  );
}

function publish(work: Work): void {
  const { job } = work;
  if (job.kind === 'delete') return;
  publisher.publish(job.key);
  work.owns = 'blob';
}

/** One fsync per folder, however many blobs of the batch went into it. */
async function syncFolders(works: readonly Work[]): Promise<void> {
  const members = new Map<string, Work[]>();
  for (const work of works) {
    if (work.job.kind === 'delete' || work.owns !== 'blob') continue;
    const folder = layout.folder(work.job.key);
    const list = members.get(folder);
    if (list === undefined) members.set(folder, [work]);
    else list.push(work);
  }
  const open: { readonly fd: number; readonly works: readonly Work[] }[] = [];
  for (const [folder, list] of members) {
    try {
      open.push({ fd: fs.openSync(folder, 'r'), works: list });
    } catch (error) {
      for (const work of list) blame(work, error);
    }
  }
  await syncEach(
    open.map((folder) => folder.fd),
    'folder',
    (index, error) => {
      for (const work of open[index]?.works ?? []) blame(work, error);
    },
  );
  for (const folder of open) fs.closeSync(folder.fd);
}

function blame(work: Work | undefined, error: unknown): void {
  if (work !== undefined) work.fault ??= error;
}

/** Leaves nothing of ours behind and says what went wrong. */
function giveUp(work: Work): { readonly errno: string; readonly message: string } {
  const { job, owns, fault } = work;
  if (job.kind !== 'delete' && owns !== 'nothing') {
    const path = owns === 'blob' ? layout.final(job.key) : layout.temporary(job.key);
    attempt(work, () => fs.rmSync(path, { force: true }));
  }
  return { errno: errnoOf(fault), message: fault instanceof Error ? fault.message : String(fault) };
}
