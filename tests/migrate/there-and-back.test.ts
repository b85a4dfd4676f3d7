/** A populated server is moved between embedded and external stores, and everything that can be seen of it is compared. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { makeDataFolder, type DataFolder } from '../harness/data-folder.ts';
import { problemOf } from '../faults/problem.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { columns, makePlaces, type Column } from '../harness/stores.ts';
import { tusHeaders } from '../harness/wire.ts';
import { differenceOf, pictureOf } from './picture.ts';
import { populate, type Kept } from './populate.ts';
import { runMigrate, type Side } from './run-migrate.ts';

const ends: (() => Promise<void>)[] = [];
const folders = async (): Promise<DataFolder> => {
  const data = await makeDataFolder();
  ends.push(data.remove);
  return data;
};
const standalone = async (): Promise<Side> => ({ folder: (await folders()).folder, environment: {} });
const cluster = async (column: Column): Promise<Side> => {
  const places = await makePlaces(column);
  ends.push(places.remove);
  return { folder: (await folders()).folder, environment: places.environment };
};
const start = async (side: Side): Promise<ServerProcess> => {
  const server = await startServer(side.folder, side.environment);
  ends.push(() => server.kill('SIGKILL'));
  return server;
};

/** Moves while the source serves; the target must show the same. @returns the target and its node */
async function move(from: Side, server: ServerProcess, to: Side, kept: Kept): Promise<ServerProcess> {
  // A roll-up after the picture would give folders another time of change.
  await server.client.call('runJob', { params: { name: 'tree.sizes' } });
  const run = await runMigrate(from, to);
  assert.equal(run.code, 0, run.errors);
  const report = JSON.parse(run.output) as { state: string; blobs: { count: number } };
  assert.equal(report.state, 'done');
  assert.ok(report.blobs.count > 1_200);
  // It can still be read, and no roll-up changes folders any more.
  const before = await pictureOf(server, kept);
  const refused = await server.request('PUT', '/dav/files/too-late.txt', { body: 'x' });
  assert.deepEqual([refused.status, (await problemOf(refused)).code], [503, 'read_only']);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await server.kill('SIGTERM');
  const moved = await start(toldByVault(to));
  assert.equal(differenceOf(before, await pictureOf(moved, kept)), null);
  await moved.settle();
  const found = await moved.client.call('search', { query: { q: 'versions.txt' } });
  assert.ok(found.items.length > 0, 'the search index was made again');
  const checked = await moved.client.call('runCheck', { body: { deep: true } });
  assert.deepEqual(checked.findings, []);
  const written = await moved.request('PUT', `/dav/files/after-${Date.now()}.txt`, { body: 'goes on' });
  assert.equal(written.status, 201);
  return moved;
}

/** What a further node needs: the rest was recorded by the migration. */
function toldByVault({ folder, environment }: Side): Side {
  const names = ['VOLVOX_CONFIG', 'VOLVOX_VAULT', 'VAULT_TOKEN', 'VOLVOX_DRAIN_WAIT'];
  return {
    folder,
    environment: Object.fromEntries(Object.entries(environment).filter(([n]) => names.includes(n))),
  };
}

/** The upload that was begun before both moves. */
async function finishUpload(server: ServerProcess, { upload, uploadOffset }: Kept): Promise<void> {
  const answer = await server.request('PATCH', upload, {
    headers: {
      ...tusHeaders,
      'upload-offset': String(uploadOffset),
      'content-type': 'application/offset+octet-stream',
    },
    body: new Uint8Array(uploadOffset),
  });
  assert.equal(answer.status, 204, await answer.text());
  const file = await server.request('GET', '/dav/files/slow.bin');
  assert.equal((await file.arrayBuffer()).byteLength, 2 * uploadOffset);
}

for (const [name, database] of [
  ['external', 'postgres'],
  ['external-mariadb', 'mariadb'],
] as const) {
  const missing = (['etcd', 'vault', 'nats', 'redis', 'mongodb', 's3', database] as const)
    .map((kind) => skipReason(kind))
    .find((reason) => reason !== false);
  describe(`with ${database}`, { skip: missing ?? false }, () => {
    let first: Side;
    let node: ServerProcess;
    let kept: Kept;
    before(async () => {
      first = await standalone();
      node = await start(first);
      kept = await populate(node);
    });
    after(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    test('a standalone server becomes a cluster, and a standalone one again', async () => {
      const middle = await cluster(columns[name] ?? {});
      node = await move(first, node, middle, kept);
      const last = await standalone();
      node = await move(middle, node, last, kept);
      await finishUpload(node, kept);
    });
  });
}
