/** A populated server is moved between embedded and external stores, and everything that can be seen of it is compared. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { makeDataFolder, type DataFolder } from '../harness/data-folder.ts';
import { problemOf } from '../faults/problem.ts';
import { startServer, type ServerProcess, type Target } from '../harness/server-process.ts';
import { columns, makePlaces, type Column } from '../harness/stores.ts';
import { tusHeaders } from '../harness/wire.ts';
import { differenceOf, pictureOf } from './picture.ts';
import type { Part } from './part.ts';
import { populate, type Kept } from './populate.ts';
import { keepRecords, setUpMail } from './records.ts';
import { runMigrate, type Side } from './run-migrate.ts';
import { connectDirectory, letAppsIn, secondFactor } from './signing-in.ts';
import { workTogether } from './working-together.ts';

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
  const server = await startServer(side.folder, {
    ...side.environment,
    VOLVOX_URL: 'https://files.example.org',
  });
  ends.push(() => server.kill('SIGKILL'));
  return server;
};

interface World {
  readonly kept: Kept;
  readonly parts: Readonly<Record<string, Part>>;
}

async function fill(
  server: ServerProcess,
): Promise<World & { readonly deliver: (on: Target) => Promise<void> }> {
  const kept = await populate(server);
  const mail = await setUpMail(server);
  const parts: Record<string, Part> = { mail };
  ends.push(async () => {
    for (const part of Object.values(parts)) await part.end?.();
  });
  const together = (parts['together'] = await workTogether(server));
  const factor = (parts['factor'] = await secondFactor(server));
  parts['apps'] = await letAppsIn(server, factor.browser);
  parts['directory'] = await connectDirectory(server);
  parts['audit'] = await keepRecords(server);
  return { kept, parts, deliver: (on) => mail.deliver(on, together.restricted) };
}

async function seen(
  server: ServerProcess,
  { kept, parts }: World,
): Promise<Readonly<Record<string, unknown>>> {
  const all: Record<string, unknown> = { ...(await pictureOf(server, kept)) };
  for (const [name, part] of Object.entries(parts)) all[name] = await part.see(server);
  return all;
}

/** Moves while the source serves; the target must show the same. @returns the target and its node */
async function move(from: Side, server: ServerProcess, to: Side, world: World): Promise<ServerProcess> {
  // A roll-up after the picture would give folders another time of change.
  await server.client.call('runJob', { params: { name: 'tree.sizes' } });
  const run = await runMigrate(from, to);
  assert.equal(run.code, 0, run.errors);
  const report = JSON.parse(run.output) as { state: string; blobs: { count: number } };
  assert.equal(report.state, 'done');
  assert.ok(report.blobs.count > 1_200);
  // It can still be read, and no roll-up changes folders any more.
  const before = await seen(server, world);
  const refused = await server.request('PUT', '/dav/files/too-late.txt', { body: 'x' });
  assert.deepEqual([refused.status, (await problemOf(refused)).code], [503, 'read_only']);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await server.kill('SIGTERM');
  const moved = await start(toldByVault(to));
  assert.equal(differenceOf(before, await seen(moved, world)), null);
  await moved.settle();
  const found = await moved.client.call('search', { query: { q: 'versions.txt' } });
  assert.ok(found.items.length > 0, 'the search index was made again');
  const checked = await moved.client.call('runCheck', { body: { deep: true } });
  assert.deepEqual(checked.findings, []);
  const written = await moved.request('PUT', `/dav/files/after-${Date.now()}.txt`, { body: 'goes on' });
  assert.equal(written.status, 201);
  for (const part of Object.values(world.parts)) await part.use(moved);
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
  const missing = (['etcd', 'vault', 'nats', 'redis', 'mongodb', 's3', 'slapd', database] as const)
    .map((kind) => skipReason(kind))
    .find((reason) => reason !== false);
  describe(`with ${database}`, { skip: missing ?? false }, () => {
    let first: Side;
    let node: ServerProcess;
    let world: Awaited<ReturnType<typeof fill>>;
    before(async () => {
      first = await standalone();
      node = await start(first);
      world = await fill(node);
    });
    after(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    test('a standalone server becomes a cluster, and a standalone one again', async () => {
      const middle = await cluster(columns[name] ?? {});
      node = await move(first, node, middle, world);
      const last = await standalone();
      node = await move(middle, node, last, world);
      await finishUpload(node, world.kept);
      await world.deliver(node);
    });
  });
}
