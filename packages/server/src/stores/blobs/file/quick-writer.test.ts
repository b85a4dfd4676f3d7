import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { newId } from '../../../kernel/ids.ts';
import { layoutOf } from './layout.ts';
import { QuickWriter } from './quick-writer.ts';

/** A writer whose every look at the clock finds it `stepMs` later. */
async function open(t: TestContext) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-blobs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(path.join(folder, 'tmp'));
  const clock = { now: 0, stepMs: 0 };
  const writer = new QuickWriter(layoutOf(folder), () => (clock.now += clock.stepMs));
  return { folder, clock, writer };
}

const bytes = Buffer.from('some bytes');

test('puts a whole blob and leaves nothing else', async (t) => {
  const { folder, writer } = await open(t);
  const key = newId();
  writer.put(key, bytes);
  assert.deepEqual(await readFile(path.join(folder, key.slice(-2), key)), bytes);
  assert.throws(() => writer.put(key, bytes), { code: 'EEXIST' });
  assert.deepEqual(await readdir(path.join(folder, 'tmp')), []);
});

test('leaves the blobs to the thread for a while once the folder is slow', async (t) => {
  const { clock, writer } = await open(t);
  clock.stepMs = 4;
  writer.put(newId(), bytes);
  assert.ok(writer.takes(bytes), 'a single slow put may be chance');
  for (let i = 0; i < 3; i++) writer.put(newId(), bytes);
  assert.ok(!writer.takes(bytes));
  clock.now += 5_000;
  assert.ok(writer.takes(bytes));
});

test('never takes what would hold up the event loop by its size', async (t) => {
  const { writer } = await open(t);
  assert.ok(!writer.takes(Buffer.alloc(64 * 1024 + 1)));
});
