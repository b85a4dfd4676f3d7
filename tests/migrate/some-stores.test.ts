/** One kind of store is moved, and the database stays: what was not named is as it was, and nodes on the old place give way. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test, type TestContext } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { problemOf } from '../faults/problem.ts';
import { listBlobs } from '../harness/blob-files.ts';
import type { DataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makePlaces, type Column } from '../harness/stores.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { differenceOf, pictureOf } from './picture.ts';
import { populate, type Kept } from './populate.ts';
import { runMigrate, type MigrateRun, type Side } from './run-migrate.ts';

const skip = skipReason('s3') || skipReason('mongodb');

interface Report {
  readonly state: string;
  readonly moved: readonly string[];
  readonly tables: readonly object[];
  readonly blobs: { readonly count: number };
  readonly targets: readonly { readonly store: string; readonly state: string }[];
}

const reportOf = (run: MigrateRun): Report => {
  assert.equal(run.code, 0, run.errors);
  return JSON.parse(run.output) as Report;
};

/** The same bucket, as an administrator might write it another day. */
function spelledAnew(url = ''): string {
  const [place = '', query] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('endpoint', `${parameters.get('endpoint')}/`);
  return `${place}/?${parameters.toString()}`;
}

describe('some stores', { skip, timeout: 600_000 }, () => {
  let template: Template<Kept>;
  before(async () => {
    template = await makeTemplate(async (server) => {
      const kept = await populate(server);
      // A roll-up after a picture would give folders another time of change.
      await server.client.call('runJob', { params: { name: 'tree.sizes' } });
      return kept;
    });
  });
  after(() => template.remove());

  interface World {
    readonly data: DataFolder;
    readonly from: Side;
    readonly to: Side;
    readonly server: ServerProcess;
    serve(env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  }

  async function world(t: TestContext, column: Column): Promise<World> {
    const [data, places] = [await template.copy(), await makePlaces(column)];
    const running: ServerProcess[] = [];
    t.after(async () => {
      for (const server of running) await server.kill('SIGKILL');
      await places.remove();
      await data.remove();
    });
    const serve: World['serve'] = async (env = {}) => {
      const server = await startServer(data, env);
      running.push(server);
      return server;
    };
    const from = { folder: data.folder, environment: {} };
    return { data, from, to: { folder: '', environment: places.environment }, server: await serve(), serve };
  }

  const put = (server: ServerProcess, name: string): Promise<Response> =>
    server.request('PUT', `/dav/files/${name}`, { body: name });

  test('contents alone go to S3, also when killed; the old place is refused, and left as it was', async (t) => {
    const { data, from, to, server, serve } = await world(t, { blobs: 's3' });
    const plan = reportOf(await runMigrate(from, to, { flags: ['--dry-run'] }));
    assert.deepEqual(
      plan.targets.filter(({ state }) => state !== 'stays the same').map(({ store }) => store),
      ['VOLVOX_BLOBS'],
    );
    assert.deepEqual([plan.tables, plan.blobs.count > 1_200], [[], true]);

    for (const moment of ['contents', 'read-only']) {
      const killed = await runMigrate(from, to, {
        onStage: (stage, kill) => {
          if (stage === moment) kill();
        },
      });
      assert.equal(killed.code, null, `not killed at ${moment}: ${killed.errors}`);
      // While contents are copied people go on.
      if (moment === 'contents') assert.equal((await put(server, 'meanwhile.txt')).status, 201);
    }
    const before = await listBlobs(data.folder);
    const done = reportOf(await runMigrate(from, to));
    assert.deepEqual([done.state, done.moved, done.tables], ['done', ['VOLVOX_BLOBS'], []]);
    assert.ok(done.blobs.count > 1_200);

    const seen = await pictureOf(server, template.state);
    const refused = await put(server, 'too-late.txt');
    assert.deepEqual([refused.status, (await problemOf(refused)).code], [503, 'read_only']);
    await server.kill('SIGTERM');
    await assert.rejects(serve(), /VOLVOX_BLOBS was moved to s3:/);
    assert.deepEqual(await listBlobs(data.folder), before);
    const moved = await serve(to.environment);
    assert.equal(differenceOf(seen, await pictureOf(moved, template.state)), null);
    assert.equal((await put(moved, 'after.txt')).status, 201);
    assert.deepEqual((await moved.client.call('runCheck', { body: { deep: true } })).findings, []);
    await moved.kill('SIGTERM');
    const again = await serve(to.environment);
    assert.equal(await (await again.request('GET', '/dav/files/meanwhile.txt')).text(), 'meanwhile.txt');
    assert.equal(await (await again.request('GET', '/dav/files/after.txt')).text(), 'after.txt');
    await again.kill('SIGTERM');

    const spelled = await serve({
      ...to.environment,
      VOLVOX_BLOBS: spelledAnew(to.environment['VOLVOX_BLOBS']),
    });
    assert.equal((await put(spelled, 'spelled.txt')).status, 201);
    assert.equal(await (await spelled.request('GET', '/dav/files/after.txt')).text(), 'after.txt');
    assert.deepEqual((await spelled.client.call('runCheck', { body: { deep: true } })).findings, []);
    await spelled.kill('SIGTERM');
    await assert.rejects(serve(), /VOLVOX_BLOBS was moved to s3:/);
    const elsewhere = { folder: `${data.folder}-elsewhere`, environment: {} };
    assert.match((await runMigrate(from, elsewhere)).errors, /VOLVOX_BLOBS was moved to s3:/);
    await rm(elsewhere.folder, { recursive: true, force: true });
  });

  test('given up after it was done, the old place serves and takes changes again', async (t) => {
    const { from, to, server, serve } = await world(t, { blobs: 's3' });
    reportOf(await runMigrate(from, to));
    assert.equal((await put(server, 'too-late.txt')).status, 503);
    const aborted = await runMigrate(from, null, { flags: ['--abort'] });
    assert.deepEqual([aborted.code, JSON.parse(aborted.output)], [0, { aborted: true }], aborted.errors);
    assert.equal((await put(server, 'again.txt')).status, 201);
    await server.kill('SIGTERM');
    const old = await serve();
    assert.deepEqual((await old.client.call('runCheck', { body: { deep: true } })).findings, []);
  });

  test('documents alone go to MongoDB, where search and activities are made again; nobody is kept from writing', async (t) => {
    const { from, to, server, serve } = await world(t, { documents: 'mongodb' });
    const killed = await runMigrate(from, to, {
      onStage: (stage, kill) => {
        if (stage === 'verify') kill();
      },
    });
    assert.equal(killed.code, null, killed.errors);
    const done = reportOf(await runMigrate(from, to));
    assert.deepEqual([done.moved, done.tables, done.blobs.count], [['VOLVOX_DOCUMENTS'], [], 0]);
    assert.equal((await put(server, 'until-the-end.txt')).status, 201);
    await server.settle();
    await server.kill('SIGTERM');
    await assert.rejects(serve(), /VOLVOX_DOCUMENTS was moved to mongodb:/);
    const moved = await serve(to.environment);
    assert.equal((await put(moved, 'after.txt')).status, 201);
    await moved.settle();
    for (const q of ['versions.txt', 'until-the-end.txt', 'after.txt']) {
      const { items } = await moved.client.call('search', { query: { q } });
      assert.ok(items.length > 0, `${q} is found`);
    }
    assert.deepEqual((await moved.client.call('runCheck', { body: { deep: true } })).findings, []);
  });
});
