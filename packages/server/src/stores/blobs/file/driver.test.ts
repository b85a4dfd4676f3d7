import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { newId } from '../../../kernel/ids.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { BlobStore } from '../contract.ts';
import { code, collect, pattern } from '../contract.suite.ts';
import { fileBlobs } from './driver.ts';

const mebibyte = 1024 * 1024;

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-blobs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(
  t: TestContext,
  folder: string,
  durability: 'full' | 'relaxed' = 'relaxed',
): Promise<BlobStore> {
  const store = await fileBlobs.open(parseStoreUrl(`file:${folder}`), {
    log: silentLogger,
    clock: systemClock,
    durability,
  });
  t.after(() => store.close());
  return store;
}

/** Some turns of the event loop and of the disk: a runaway buffer would have grown by then. */
async function settle(folder: string): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await stat(folder);
}

test('keeps blobs over a restart, in folders by the random tail of the key', async (t) => {
  const folder = await temporary(t);
  const key = newId();
  const first = await open(t, folder, 'full');
  await first.put(key, pattern(100));
  await first.close();
  assert.deepEqual(await readdir(path.join(folder, key.slice(-2))), [key]);
  const second = await open(t, folder);
  assert.equal((await second.read(key)).byteLength, 100);
});

test('a second store on the same folder refuses the same key', async (t) => {
  const folder = await temporary(t);
  const [first, second] = [await open(t, folder), await open(t, folder)];
  const key = newId();
  const results = await Promise.allSettled([first.put(key, pattern(10)), second.put(key, pattern(20))]);
  assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
});

test('leaves no temporary file after failures', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const key = newId();
  await store.put(key, pattern(10));
  await assert.rejects(store.put(key, pattern(10)), code('conflict'));
  await assert.rejects(store.put(key, pattern(mebibyte)), code('conflict'));
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield pattern(mebibyte);
    throw new Error('source broke');
  }
  await assert.rejects(store.put(newId(), failing()), /source broke/);
  assert.deepEqual(await readdir(path.join(folder, 'tmp')), []);
});

test('takes no more than two gatherings from a source that is faster than the disk', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const key = newId();
  const piece = pattern(65_536);
  let given = 0;
  let worst = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (; given < 64 * mebibyte; given += piece.byteLength) {
      const { size } = await stat(path.join(folder, 'tmp', key));
      worst = Math.max(worst, given - size);
      yield piece;
    }
  }
  await store.put(key, source());
  assert.equal(given, 64 * mebibyte);
  assert.ok(worst <= 2 * mebibyte, `${worst} bytes were gathered`);
});

test('writes one gathering at a time and holds the source while the disk is slow', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const writev = fs.writev.bind(fs);
  let running = 0;
  let most = 0;
  let resume = (): void => {};
  const gate = new Promise<void>((resolve) => (resume = resolve));
  type Done = (error: Error | null, written: number) => void;
  t.mock.method(fs, 'writev', (fd: number, pieces: readonly Uint8Array[], done: Done) => {
    most = Math.max(most, ++running);
    const finished: Done = (error, written) => {
      running--;
      done(error, written);
    };
    void gate.then(() => writev(fd, pieces, finished));
  });
  const bytes = pattern(8 * mebibyte);
  let given = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (; given < bytes.byteLength; given += 65_536) yield bytes.subarray(given, given + 65_536);
  }
  const key = newId();
  const put = store.put(key, source());
  await settle(folder);
  assert.ok(given <= 2 * mebibyte, `${given} bytes were taken while nothing was written`);
  resume();
  await put;
  assert.equal(most, 1);
  assert.equal(Buffer.compare(await store.read(key), bytes), 0);
});

test('reads no more than two pieces ahead of a slow reader', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const key = newId();
  await store.put(key, pattern(64 * mebibyte));
  const stream = (await store.stream(key))[Symbol.asyncIterator]();
  await settle(folder);
  const before = process.memoryUsage().arrayBuffers;
  const first = await stream.next();
  await settle(folder);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown <= 2 * mebibyte, `${grown} bytes were read`);
  assert.equal(first.done, false);
  await stream.return?.();
});

test('closes its descriptors, also where a stream is left early or never begun', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const key = newId();
  await store.put(key, pattern(mebibyte));
  const descriptors = '/proc/self/fd';
  if (!(await readdir(descriptors).catch(() => null))) return t.skip('no /proc here');
  const before = (await readdir(descriptors)).length;
  for (let turn = 0; turn < 20; turn++) {
    await store.stream(key);
    for await (const piece of await store.stream(key)) if (piece.byteLength > 0) break;
    await store.read(key, { start: 5, end: 9 });
    await assert.rejects(store.read(key, { start: mebibyte }), code('range_not_satisfiable'));
    await collect(await store.stream(key, { start: 7 }));
  }
  assert.equal((await readdir(descriptors)).length, before);
});

test('a full disk is storage_full, leaves nothing and heals', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-full-'));
  t.after(() => rm(folder, { recursive: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return t.skip('may not mount a small file system here');
  }
  const store = await fileBlobs.open(parseStoreUrl(`file:${folder}`), {
    log: silentLogger,
    clock: systemClock,
    durability: 'full',
  });
  try {
    await fillAndFree(store, folder);
  } finally {
    await store.close();
    execFileSync('umount', [folder]);
  }
});

async function fillAndFree(store: BlobStore, folder: string): Promise<void> {
  const small = newId();
  await store.put(small, pattern(500_000));
  await assert.rejects(store.put(newId(), pattern(2 * mebibyte)), code('storage_full'));
  const many = Array.from({ length: 16 }, () => store.put(newId(), pattern(100_000)));
  const results = await Promise.allSettled(many);
  for (const result of results)
    if (result.status === 'rejected') assert.ok(code('storage_full')(result.reason));
  assert.ok(results.some((result) => result.status === 'rejected'));
  assert.deepEqual(await readdir(path.join(folder, 'tmp')), []);
  await store.delete([small]);
  await store.put(newId(), pattern(300_000));
}

test('says at open that the folder cannot be used', async (t) => {
  const folder = await temporary(t);
  await writeFile(path.join(folder, 'file'), 'x');
  await assert.rejects(
    open(t, path.join(folder, 'file')),
    /cannot write to the blob folder .*(ENOTDIR|EEXIST)/,
  );
  if (process.getuid?.() === 0) return t.diagnostic('root may write anywhere');
  await mkdir(path.join(folder, 'shut'));
  await chmod(path.join(folder, 'shut'), 0o500);
  await assert.rejects(open(t, path.join(folder, 'shut')), /EACCES/);
});

test('a folder that went away is unavailable, not not_found, for a put and a ping', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  await rm(folder, { recursive: true });
  await assert.rejects(store.put(newId(), pattern(5)), code('unavailable'));
  await assert.rejects(store.put(newId(), pattern(mebibyte)), code('unavailable'));
  await assert.rejects(store.ping(), code('unavailable'));
});

test('a close waits for what is under way and refuses what comes after', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder, 'full');
  const keys = Array.from({ length: 50 }, () => newId());
  const puts = keys.map((key) => store.put(key, pattern(1000)));
  await store.close();
  await Promise.all(puts);
  await assert.rejects(store.put(newId(), pattern(5)), code('unavailable'));
  const again = await open(t, folder);
  for (const key of keys) assert.equal((await again.stat(key))?.size, 1000);
});
