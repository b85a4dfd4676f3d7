import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { newId } from '../../../kernel/ids.ts';
import { layoutOf } from './layout.ts';
import { Writer } from './writer.ts';

test('the thread ends when it has nothing to do, starts again with the next blob, and loses none between', async (t) => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'volvox-writer-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const layout = layoutOf(root);
  await mkdir(layout.temporaryFolder);
  const writer = new Writer({ root, sync: false }, 1);
  t.after(() => writer.close());
  for (let round = 0; round < 3; round++) {
    const keys = Array.from({ length: 20 }, () => newId());
    await Promise.all(keys.map((key) => writer.put(key, Buffer.from(key))));
    for (const key of keys) assert.equal(await readFile(layout.final(key), 'utf8'), key);
    while (writer.running) await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
