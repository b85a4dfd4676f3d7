/** A backup as docs/operator/cluster.md orders it: the database first, contents later, search and activities not at all. */
import assert from 'node:assert/strict';
import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Database from 'better-sqlite3';
import { makeDataFolder, type DataFolder } from '../harness/data-folder.ts';
import { startServer } from '../harness/server-process.ts';

let data: DataFolder;
let backup: DataFolder;
before(async () => {
  data = await makeDataFolder();
  backup = await makeDataFolder();
});
after(() => Promise.all([data.remove(), backup.remove()]));

/** As it is at this moment, while the server works on it. */
function snapshot(name: string): void {
  const database = new Database(path.join(data.folder, name), { readonly: true, timeout: 20_000 });
  database.prepare('vacuum into ?').run(path.join(backup.folder, name));
  database.close();
}

async function copyTheRest(): Promise<void> {
  await mkdir(path.join(backup.folder, 'blobs'));
  snapshot('blobs/small.db');
  const leave = /^(volvox\.db|documents\.db|control\.sock|.*lock)/;
  for (const name of await readdir(data.folder))
    if (!leave.test(name) && name !== 'blobs')
      await cp(path.join(data.folder, name), path.join(backup.folder, name), { recursive: true });
  for (const name of await readdir(path.join(data.folder, 'blobs')))
    if (!name.startsWith('small.db'))
      await cp(path.join(data.folder, 'blobs', name), path.join(backup.folder, 'blobs', name), {
        recursive: true,
      });
}

test('a database restored as of a moment, with later contents, has all that was acknowledged by then', async () => {
  const source = await startServer(data.folder);
  const large = 'x'.repeat(3_000_000);
  const put = (name: string, body: string): Promise<Response> =>
    source.request('PUT', `/dav/common/${name}`, { body });
  const acknowledged = Array.from({ length: 20 }, (_, i) => `before-${i}.txt`);
  for (const name of acknowledged) assert.equal((await put(name, `content of ${name}`)).status, 201);
  assert.equal((await put('large.bin', large)).status, 201);
  await source.client.call('setSetting', { params: { key: 'trash.keepDays' }, body: { value: 9 } });

  snapshot('volvox.db');
  assert.equal((await put('later.bin', large.replaceAll('x', 'y'))).status, 201);
  assert.equal((await source.request('DELETE', `/dav/common/${acknowledged[0]}`)).status, 204);
  await copyTheRest();
  await source.kill('SIGKILL');

  const restored = await startServer(backup.folder);
  try {
    const read = async (name: string): Promise<string> =>
      (await restored.request('GET', `/dav/common/${name}`)).text();
    for (const name of acknowledged) assert.equal(await read(name), `content of ${name}`);
    assert.equal(await read('large.bin'), large);
    assert.equal((await restored.request('GET', '/dav/common/later.bin')).status, 404);
    const { findings } = await restored.client.call('runCheck', { body: { deep: true } });
    // Contents that were put later are left over, and spared while they are young.
    assert.deepEqual(
      findings.filter(({ kind }) => kind !== 'orphan_blob'),
      [],
    );
    await restored.settle();
    const found = await restored.client.call('search', { query: { q: 'before-7.txt' } });
    assert.equal(found.items.length, 1, 'the index was made again');
  } finally {
    await restored.kill('SIGTERM');
  }
});
