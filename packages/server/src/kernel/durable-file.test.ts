import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { filePathOf, makeFolder, removeLeftovers, withFileLock, writeFileDurably } from './durable-file.ts';
import { armPoint } from './fault-points.ts';
import { tryProcessLock } from './process-lock.ts';
import { parseStoreUrl } from './store-url.ts';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'volvox-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'file');
}

test('replaces the file whole, with the mode asked for', async (t) => {
  const path = place(t);
  await writeFileDurably(path, 'one');
  await writeFileDurably(path, Buffer.from('second'), { mode: 0o640 });
  assert.equal(readFileSync(path, 'utf8'), 'second');
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('keeps the old file if the write fails, and removes its temporary file', async (t) => {
  const path = place(t);
  await writeFileDurably(path, 'old');
  armPoint('durable-file.before-rename');
  await assert.rejects(writeFileDurably(path, 'new'), { code: 'unavailable' });
  assert.deepEqual([readFileSync(path, 'utf8'), readdirSync(join(path, '..'))], ['old', ['file']]);
  await assert.rejects(writeFileDurably(join(path, 'below'), 'x'), {
    code: 'unavailable',
    message: /ENOTDIR/,
  });
});

test('removes what killed writes left of this file, and nothing else', async (t) => {
  const path = place(t);
  const kept = [
    'file',
    'file.tmp',
    'file.lock',
    'file2.12-0123456789ab.tmp',
    'file.12-0123456789ab.tmp.json',
  ];
  for (const name of [...kept, 'file.12-0123456789ab.tmp']) writeFileSync(join(path, '..', name), '');
  await removeLeftovers(path);
  assert.deepEqual(readdirSync(join(path, '..')).sort(), kept.sort());
});

test('one at a time per file, in order; others run beside; a throw frees the lock', async (t) => {
  const path = place(t);
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = withFileLock(path, async () => {
    events.push('1 begins');
    await gate.promise;
    events.push('1 ends');
    throw new Error('first');
  });
  const second = withFileLock(join(path, '..', '.', 'file'), async () => events.push('2'));
  const third = withFileLock(path, async () => events.push('3'));
  await withFileLock(`${path}-other`, async () => events.push('other'));
  gate.resolve();
  await assert.rejects(first, /first/);
  await Promise.all([second, third]);
  assert.deepEqual(events.toSorted(), ['1 begins', '1 ends', '2', '3', 'other']);
  assert.deepEqual(
    events.filter((event) => event !== 'other'),
    ['1 begins', '1 ends', '2', '3'],
  );
});

test('gives up on a lock that somebody else keeps, and gets it once it is free', async (t) => {
  const path = place(t);
  const held = await tryProcessLock(`${path}.lock`);
  assert.ok(held);
  assert.equal(await tryProcessLock(`${path}.lock`), null);
  await assert.rejects(
    withFileLock(path, async () => 1, { timeoutMs: 30 }),
    { code: 'unavailable', retryable: true },
  );
  held.release();
  assert.equal(await withFileLock(path, async () => 1), 1);
  assert.deepEqual(readdirSync(join(path, '..')), ['file.lock']);
  assert.equal(statSync(`${path}.lock`).mode & 0o777, 0o600);
});

test('a file that is no lock file is refused and left as it is', async (t) => {
  const path = place(t);
  writeFileSync(path, 'not a lock '.repeat(100));
  await assert.rejects(tryProcessLock(path), { code: 'unavailable', message: /NOTADB/ });
  assert.match(readFileSync(path, 'utf8'), /^not a lock/);
});

test('file URLs name relative and absolute paths', () => {
  const path = (url: string) => filePathOf(parseStoreUrl(url));
  assert.equal(path('file:a/b.json'), resolve('a/b.json'));
  assert.equal(path('file:/a/b.json'), '/a/b.json');
  assert.equal(path('file:///a/b.json'), '/a/b.json');
});

test('makes a private folder with its parents, again without harm, and by several at once', async (t) => {
  const folder = join(place(t), 'a', 'b');
  await Promise.all([makeFolder(folder), makeFolder(folder), makeFolder(join(folder, 'c'))]);
  await makeFolder(folder);
  for (const made of [folder, join(folder, '..')]) assert.equal(statSync(made).mode & 0o777, 0o700);
});

test(
  'says what is in the way of a folder: a file, or a place that takes none',
  { timeout: 30_000 },
  async (t) => {
    const path = place(t);
    writeFileSync(path, 'x');
    await assert.rejects(makeFolder(path), { code: 'unavailable', message: /cannot make the folder/ });
    await assert.rejects(makeFolder(join(path, 'below')), { code: 'unavailable' });
    if (process.platform === 'linux')
      await assert.rejects(makeFolder('/proc/nope/a'), { code: 'unavailable' });
  },
);
