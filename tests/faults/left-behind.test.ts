/** What a stopped node leaves in its data folder: the stores and nothing else, also after it was killed in the middle of things. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { listBlobs } from '../harness/blob-files.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';

const stores = ['blobs', 'config.json', 'documents.db', 'vault.json', 'vault.keyring', 'volvox.db'];
/** Empty files that processes lock; they stay, since removing one would let two hold it. */
const locks = ['config.json.lock', 'vault.json.lock', 'volvox.lock'];

async function change(server: ServerProcess, value: number): Promise<void> {
  assert.ok((await server.request('PUT', '/dav/common/file', { body: `text ${value}` })).ok);
  await server.client.call('setSetting', { params: { key: 'trash.keepDays' }, body: { value } });
}

test('only the stores are left, after a stop and after kills', { timeout: 60_000 }, async () => {
  const data = await makeDataFolder();
  const first = await startServer(data);
  await change(first, 1);
  await first.arm('durable-file.before-rename', 'exit');
  await change(first, 2).catch(() => undefined);
  await first.exited;
  const second = await startServer(data);
  await second.arm('contents.after-blob', 'hang');
  void second.request('PUT', '/dav/common/hung', { body: 'never answered' }).catch(() => undefined);
  while (await second.isArmed()) await new Promise((resolve) => setTimeout(resolve, 10));
  await second.kill('SIGKILL');
  const third = await startServer(data);
  await change(third, 3);
  await third.collect();
  await third.kill('SIGTERM');
  assert.deepEqual((await readdir(data.folder)).sort(), [...stores, ...locks].sort());
  assert.deepEqual(await readdir(path.join(data.folder, 'blobs', 'tmp')), []);
  // One for each of the two versions, or three: the killed one had been stored but for its answer.
  const kept = (await listBlobs(data.folder)).length;
  assert.ok(kept === 2 || kept === 3, `${kept} blobs`);
  await data.remove();
});
