import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open as openFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { systemClock, type Clock } from '../../../kernel/clock.ts';
import { newId } from '../../../kernel/ids.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { BlobStore } from '../contract.ts';
import { code, collect, inPieces, pattern } from '../contract.suite.ts';
import { fileBlobs } from './driver.ts';

const kibibyte = 1024;

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-blobs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Options {
  readonly parameters?: string;
  readonly durability?: 'full' | 'relaxed';
  readonly clock?: Clock;
}

async function open(t: TestContext, folder: string, options: Options = {}): Promise<BlobStore> {
  const { parameters = '?small=16', durability = 'relaxed', clock = systemClock } = options;
  const store = await fileBlobs.open(parseStoreUrl(`file:${folder}${parameters}`), {
    log: silentLogger,
    clock,
    durability,
  });
  t.after(() => store.close());
  return store;
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.flatMap((name) => (/^[a-z0-9-]{2}[/\\]/.test(name) ? [path.basename(name)] : [])).sort();
}

test('small arrays go into one file that nobody else may read, everything else becomes a file', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const [small, larger, streamed] = [newId(), newId(), newId()];
  await store.put(small, pattern(16 * kibibyte));
  await store.put(larger, pattern(16 * kibibyte + 1));
  await store.put(streamed, inPieces(pattern(10), 3));
  assert.deepEqual(await filesOf(folder), [larger, streamed].sort());
  assert.equal((await stat(path.join(folder, 'small.db'))).mode & 0o777, 0o600);
  const sizes = new Map<string, number>();
  for await (const blob of store.list()) sizes.set(blob.key, blob.size);
  assert.deepEqual(
    sizes,
    new Map([
      [small, 16 * kibibyte],
      [larger, 16 * kibibyte + 1],
      [streamed, 10],
    ]),
  );
});

test('a folder from before goes on as it is, and one with small blobs is read without the parameter, too', async (t) => {
  const folder = await temporary(t);
  const [old, small, late] = [newId(), newId(), newId()];
  const before = await open(t, folder, { parameters: '' });
  await before.put(old, pattern(100));
  await before.close();
  assert.deepEqual((await readdir(folder)).includes('small.db'), false);
  const packing = await open(t, folder);
  assert.equal((await packing.read(old)).byteLength, 100);
  await assert.rejects(packing.put(old, pattern(5)), code('conflict'));
  await packing.put(small, pattern(200));
  await packing.close();
  const again = await open(t, folder, { parameters: '' });
  assert.equal((await again.read(small)).byteLength, 200);
  await assert.rejects(again.put(small, pattern(5)), code('conflict'));
  await again.put(late, pattern(300));
  assert.deepEqual(await filesOf(folder), [old, late].sort());
  await again.delete([old, small, late]);
  for (const key of [old, small, late]) assert.equal(await again.stat(key), null);
});

test('opening and closing changes nothing', async (t) => {
  const folder = await temporary(t);
  const first = await open(t, folder);
  await first.put(newId(), pattern(100));
  await first.close();
  const before = await readFile(path.join(folder, 'small.db'));
  await (await open(t, folder)).close();
  assert.deepEqual(await readFile(path.join(folder, 'small.db')), before);
  assert.deepEqual((await readdir(folder)).sort(), ['small.db', 'tmp']);
});

test('one key is not put at both places, at once or one after the other', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const key = newId();
  const results = await Promise.allSettled([
    store.put(key, pattern(10)),
    store.put(key, pattern(100 * kibibyte)),
    store.put(key, inPieces(pattern(10), 2)),
  ]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  await assert.rejects(store.put(key, pattern(100 * kibibyte)), code('conflict'));
  assert.equal((await store.read(key)).byteLength, 10);
  assert.deepEqual(await filesOf(folder), []);
});

test('keeps what was acknowledged when the process is killed', async (t) => {
  const folder = await temporary(t);
  const keys = Array.from({ length: 40 }, () => newId());
  const driver = new URL('driver.ts', import.meta.url).pathname;
  const program = `
    import { fileBlobs } from ${JSON.stringify(driver)};
    import { parseStoreUrl } from ${JSON.stringify(new URL('../../../kernel/store-url.ts', import.meta.url).pathname)};
    const store = await fileBlobs.open(parseStoreUrl('file:${folder}?small=16'), { log: console, clock: { now: Date.now }, durability: 'full' });
    await Promise.all(${JSON.stringify(keys)}.map((key, i) => store.put(key, new Uint8Array(i * 100))));
    process.kill(process.pid, 'SIGKILL');`;
  assert.throws(() =>
    execFileSync(
      process.execPath,
      ['--conditions=source', '--input-type=module-typescript', '--eval', program],
      {
        stdio: 'ignore',
      },
    ),
  );
  const store = await open(t, folder);
  for (const [i, key] of keys.entries()) assert.equal((await store.stat(key))?.size, i * 100);
});

test('waits for another process that writes, without blocking this one', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const other = new Database(path.join(folder, 'small.db'));
  t.after(() => other.close());
  other.exec('begin immediate');
  const key = newId();
  let done = false;
  const put = store.put(key, pattern(10)).then(() => (done = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(done, false);
  other.exec('commit');
  await put;
  assert.equal((await store.stat(key))?.size, 10);
});

test('gives the room of many deleted blobs back to the disk', async (t) => {
  const folder = await temporary(t);
  const store = await open(t, folder);
  const keys = Array.from({ length: 3000 }, () => newId());
  await Promise.all(keys.map((key) => store.put(key, pattern(16 * kibibyte))));
  const sizeOf = (): number => {
    const database = new Database(path.join(folder, 'small.db'), { readonly: true });
    const pages = Number(database.pragma('page_count', { simple: true }));
    database.close();
    return pages * 4096;
  };
  const full = sizeOf();
  assert.ok(full > 48_000_000);
  await store.delete(keys.slice(1));
  await store.sweep(0);
  assert.ok(sizeOf() < full / 2, `${sizeOf()} of ${full} bytes are left`);
  assert.ok((await collect(await store.stream(keys[0] ?? ''))).byteLength === 16 * kibibyte);
});

test('a full disk is storage_full, keeps what was acknowledged and heals by deleting', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-full-'));
  t.after(() => rm(folder, { recursive: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return t.skip('may not mount a small file system here');
  }
  const store = await fileBlobs.open(parseStoreUrl(`file:${folder}?small=16`), {
    log: silentLogger,
    clock: systemClock,
    durability: 'full',
  });
  try {
    const kept: string[] = [];
    for (let turn = 0; turn < 500; turn++) {
      const keys = Array.from({ length: 8 }, () => newId());
      const results = await Promise.allSettled(keys.map((key) => store.put(key, pattern(10_000))));
      for (const [i, result] of results.entries()) {
        if (result.status === 'fulfilled') kept.push(keys[i] ?? '');
        else assert.ok(code('storage_full')(result.reason));
      }
    }
    assert.ok(kept.length > 20 && kept.length < 4000, `${kept.length} were kept`);
    for (const key of kept) assert.equal((await store.read(key)).byteLength, 10_000);
    await store.delete(kept.splice(0, kept.length / 2));
    await store.sweep(0);
    const again = newId();
    await store.put(again, pattern(10_000));
    for (const key of [...kept, again]) assert.equal((await store.read(key)).byteLength, 10_000);
  } finally {
    await store.close();
    execFileSync('umount', [folder]);
  }
});

test('a damaged file is named at the start and left as it is', async (t) => {
  const folder = await temporary(t);
  await writeFile(path.join(folder, 'small.db'), 'this is no database, whatever it may be'.repeat(200));
  for (const parameters of ['', '?small=16']) {
    await assert.rejects(open(t, folder, { parameters }), (error) => {
      assert.match(String(error), /small\.db are damaged/);
      return code('corrupt')(error);
    });
  }
  assert.equal((await stat(path.join(folder, 'small.db'))).size, 39 * 200);
});

test('a damaged page is corrupt, not absent', async (t) => {
  const folder = await temporary(t);
  const first = await open(t, folder);
  const keys = Array.from({ length: 300 }, () => newId());
  await Promise.all(keys.map((key) => first.put(key, pattern(2_000))));
  await first.close();
  const file = path.join(folder, 'small.db');
  const handle = await openFile(file, 'r+');
  for (let at = 3 * 4096; at < (await stat(file)).size; at += 4096)
    await handle.write(Buffer.alloc(4096, 0xee), 0, 4096, at);
  await handle.close();
  const store = await open(t, folder);
  for (const key of keys.slice(0, 20)) await assert.rejects(store.read(key), code('corrupt'));
});

test('refuses a limit that is none', async (t) => {
  const folder = await temporary(t);
  for (const value of ['0', '65', 'x', '1.5', ''])
    await assert.rejects(open(t, folder, { parameters: `?small=${value}` }), code('invalid_input'));
});
