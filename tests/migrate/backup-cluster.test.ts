/** A cluster on external stores is backed up while its node serves, and restored to empty ones, external and embedded. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { columns, makePlaces } from '../harness/stores.ts';
import { differenceOf, pictureOf } from './picture.ts';
import { populate, type Kept } from './populate.ts';
import { runCopy, type Side } from './run-migrate.ts';

const ends: (() => Promise<void>)[] = [];

async function place(): Promise<string> {
  const { folder, remove } = await makeDataFolder();
  ends.push(remove);
  return path.join(folder, 'place');
}

async function cluster(name: string): Promise<Side> {
  const places = await makePlaces(columns[name] ?? {});
  ends.push(places.remove);
  return { folder: await place(), environment: places.environment };
}

async function start(side: Side): Promise<ServerProcess> {
  const server = await startServer(side.folder, side.environment);
  ends.push(() => server.kill('SIGKILL'));
  return server;
}

async function succeed(command: 'backup' | 'restore', side: Side, folder: string): Promise<unknown> {
  const run = await runCopy(command, side, folder);
  assert.equal(run.code, 0, run.errors);
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'VAULT_TOKEN']) {
    const secret = side.environment[name];
    if (secret !== undefined) assert.ok(!(run.output + run.errors).includes(secret), name);
  }
  return JSON.parse(run.output);
}

for (const [name, database] of [
  ['external', 'postgres'],
  ['external-mariadb', 'mariadb'],
] as const) {
  const missing = (['etcd', 'vault', 'nats', 'redis', 'mongodb', 's3', database] as const)
    .map((kind) => skipReason(kind))
    .find((reason) => reason !== false);
  describe(`with ${database}`, { skip: missing ?? false }, () => {
    let from: Side;
    let folder: string;
    let node: ServerProcess;
    let kept: Kept;
    before(async () => {
      from = await cluster(name);
      folder = await place();
      node = await start(from);
      kept = await populate(node);
      await node.client.call('runJob', { params: { name: 'tree.sizes' } });
    });
    after(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    test('another cluster shows the same after a restore, and refuses a second one', async () => {
      await succeed('backup', from, folder);
      const seen = await pictureOf(node, kept);
      const to = await cluster(name);
      await succeed('restore', to, folder);
      const again = await runCopy('restore', to, folder);
      assert.deepEqual([again.code, /not empty/.test(again.errors)], [1, true], again.errors);
      const target = await start(to);
      assert.equal(differenceOf(seen, await pictureOf(target, kept)), null);
      assert.deepEqual((await target.client.call('runCheck', { body: { deep: true } })).findings, []);
      const working = await runCopy('restore', to, folder);
      assert.deepEqual([working.code, /nodes work on these stores/.test(working.errors)], [1, true]);
      await target.kill('SIGTERM');
    });

    test('a standalone server has what was acknowledged before the second backup, though people wrote on', async () => {
      const put = async (file: string): Promise<void> => {
        const answer = await node.request('PUT', `/dav/files/${file}`, { body: `content of ${file}` });
        assert.equal(answer.status, 201);
      };
      const acknowledged = Array.from({ length: 20 }, (_, i) => `before${i}.txt`);
      for (const file of acknowledged) await put(file);
      let running = true;
      const writers = Array.from({ length: 3 }, async (_, writer) => {
        for (let i = 0; running; i++) await put(`during-${writer}-${i}.txt`);
      });
      const report = (await succeed('backup', from, folder)) as {
        blobs: { count: number };
        copied: { count: number };
      };
      running = false;
      await Promise.all(writers);
      assert.ok(report.copied.count >= 20 && report.copied.count < report.blobs.count);
      const to: Side = { folder: await place(), environment: {} };
      await succeed('restore', to, folder);
      const target = await start(to);
      for (const file of acknowledged) {
        const answer = await target.request('GET', `/dav/files/${file}`);
        assert.equal(await answer.text(), `content of ${file}`);
      }
      assert.deepEqual((await target.client.call('runCheck', { body: { deep: true } })).findings, []);
      await target.kill('SIGTERM');
    });
  });
}
