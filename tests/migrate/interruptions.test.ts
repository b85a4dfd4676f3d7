/** What may go wrong on the way: kills, targets that are in use, damaged contents, people who write meanwhile. Embedded on both sides. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { problemOf } from '../faults/problem.ts';
import { atEnd } from '../harness/at-end.ts';
import { chunkOf, flipBlob, listBlobs, removeBlob } from '../harness/blob-files.ts';
import { runCli } from '../harness/cli.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { tusHeaders } from '../harness/wire.ts';
import { differenceOf, pictureOf } from './picture.ts';
import { populate, type Kept } from './populate.ts';
import { runMigrate, type Side } from './run-migrate.ts';

interface State {
  readonly kept: Kept;
  /** Ids of two files. */
  readonly empty: string;
  readonly large: string;
}

let template: Template<State>;

before(async () => {
  template = await makeTemplate(async (server) => {
    const kept = await populate(server);
    // A roll-up after a picture would give folders another time of change.
    await server.client.call('runJob', { params: { name: 'tree.sizes' } });
    return { kept, empty: await idOf(server, 'empty'), large: await idOf(server, 'large.bin') };
  });
});
after(() => template.remove());

async function idOf(server: ServerProcess, name: string): Promise<string> {
  return (await server.client.call('lookupNode', { query: { path: `files/${name}` } })).id;
}

/** A populated source and a place for the target. */
async function sides(
  t: TestContext,
): Promise<{ readonly from: Side; readonly to: Side; readonly token: string }> {
  const [source, target] = [await template.copy(), await makeDataFolder()];
  atEnd(t, () => Promise.all([source.remove(), target.remove()]));
  return {
    from: { folder: source.folder, environment: {} },
    to: { folder: path.join(target.folder, 'data'), environment: {} },
    token: source.token ?? '',
  };
}

async function serve(t: TestContext, side: Side, token: string): Promise<ServerProcess> {
  const server = await startServer({ folder: side.folder, token, remove: async () => {} });
  atEnd(t, () => server.kill('SIGKILL'));
  return server;
}

const stages = ['contents', 'read-only', 'secrets'];

test('killed at three moments it goes on, and nothing is lost', async (t) => {
  const { from, to, token } = await sides(t);
  const server = await serve(t, from, token);
  for (const moment of stages) {
    const killed = await runMigrate(from, to, {
      onStage: (stage, kill) => {
        if (stage === moment) kill();
      },
    });
    assert.equal(killed.code, null, `not killed at ${moment}: ${killed.errors}`);
    await assert.rejects(startServer(to.folder), /being filled by "volvox migrate"/);
  }
  const run = await runMigrate(from, to);
  assert.equal(run.code, 0, run.errors);
  const seen = await pictureOf(server, template.state.kept);
  const moved = await serve(t, to, token);
  assert.equal(differenceOf(seen, await pictureOf(moved, template.state.kept)), null);
  assert.deepEqual((await moved.client.call('runCheck', { body: { deep: true } })).findings, []);
  const again = await runMigrate(from, to);
  assert.equal(again.code, 1);
  assert.match(again.errors, /in use|moved there already/);
});

test('settings and secrets that stay where they are outlive a kill, and serve the new database and contents', async (t) => {
  const { from, to, token } = await sides(t);
  const kept = {
    VOLVOX_CONFIG: `file:${path.join(from.folder, 'config.json')}`,
    VOLVOX_VAULT: `file:${path.join(from.folder, 'vault.json')}`,
  };
  const side = { folder: to.folder, environment: kept };
  const killed = await runMigrate(from, side, {
    onStage: (stage, kill) => {
      if (stage === 'read-only') kill();
    },
  });
  assert.equal(killed.code, null, killed.errors);
  const run = await runMigrate(from, side);
  assert.equal(run.code, 0, run.errors);
  const server = await serve(t, from, token);
  const seen = await pictureOf(server, template.state.kept);
  await server.kill('SIGTERM');
  const moved = await startServer({ folder: to.folder, token, remove: async () => {} }, kept);
  atEnd(t, () => moved.kill('SIGKILL'));
  assert.equal(differenceOf(seen, await pictureOf(moved, template.state.kept)), null);
  assert.deepEqual((await moved.client.call('runCheck', { body: { deep: true } })).findings, []);
  const written = await moved.request('PUT', '/dav/files/new.txt', { body: 'x' });
  assert.equal(written.status, 201);
});

test('people who write meanwhile lose nothing that was acknowledged', async (t) => {
  const { from, to, token } = await sides(t);
  const server = await serve(t, from, token);
  const acknowledged: string[] = [];
  let refusals = 0;
  let running = true;
  const writer = (async () => {
    for (let i = 0; running; i++) {
      const answer = await server.request('PUT', `/dav/files/w${i}.txt`, { body: `written ${i}` });
      if (answer.status === 201) acknowledged.push(`w${i}.txt`);
      else {
        assert.deepEqual([answer.status, (await problemOf(answer)).code], [503, 'read_only']);
        refusals += 1;
      }
    }
  })();
  const run = await runMigrate(from, to);
  running = false;
  await writer;
  assert.equal(run.code, 0, run.errors);
  assert.ok(acknowledged.length > 0 && refusals > 0);
  const moved = await serve(t, to, token);
  for (const name of acknowledged) {
    const answer = await moved.request('GET', `/dav/files/${name}`);
    assert.equal(await answer.text(), name.replace(/w(\d+)\.txt/, 'written $1'));
  }
  const { findings } = await moved.client.call('runCheck', { body: { deep: true } });
  assert.deepEqual(findings, []);
});

test('while it is read-only people read and log in, but every kind of write is refused until it is given up', async (t) => {
  const { from, to, token } = await sides(t);
  const server = await serve(t, from, token);
  const killed = await runMigrate(from, to, {
    onStage: (stage, kill) => {
      if (stage === 'secrets') kill();
    },
  });
  assert.equal(killed.code, null);
  const { kept, empty } = template.state;
  await pictureOf(server, kept); // reads, logs in by password, token and app password
  const login = await server.client.call('login', { body: { login: 'anna', password: 'correct horse 2' } });
  assert.equal(login.user.login, 'anna');
  const json = { 'content-type': 'application/json' };
  const writes: readonly [string, string, Record<string, string>, string][] = [
    ['PUT', '/dav/files/new.txt', {}, 'x'],
    ['MKCOL', '/dav/files/folder', {}, ''],
    ['MOVE', '/dav/files/empty', { destination: `${server.url}/dav/files/other` }, ''],
    ['DELETE', `/api/v1/nodes/${empty}`, {}, ''],
    ['PATCH', `/api/v1/nodes/${empty}`, json, '{"name":"renamed"}'],
    ['POST', '/api/v1/users', json, '{"login":"new","password":"correct horse 3"}'],
    ['POST', '/api/v1/tokens', json, '{"kind":"app_password","label":"x"}'],
    ['PUT', '/api/v1/admin/settings/trash.keepDays', json, '{"value":3}'],
    [
      'PATCH',
      kept.upload,
      {
        ...tusHeaders,
        'upload-offset': String(kept.uploadOffset),
        'content-type': 'application/offset+octet-stream',
      },
      'more',
    ],
  ];
  for (const [method, target, headers, body] of writes) {
    const answer = await server.request(method, target, { headers, ...(body === '' ? {} : { body }) });
    const text = await answer.text();
    assert.equal(answer.status, 503, `${method} ${target}: ${answer.status} ${text}`);
    assert.match(text, /read_only/, `${method} ${target}`);
  }
  const aborted = await runMigrate(from, null, { flags: ['--abort'] });
  assert.deepEqual([aborted.code, JSON.parse(aborted.output)], [0, { aborted: true }], aborted.errors);
  const written = await server.request('PUT', '/dav/files/new.txt', { body: 'x' });
  assert.equal(written.status, 201);
  const run = await runMigrate(from, to);
  assert.equal(run.code, 0, run.errors);
});

test('a dry run says what there is and changes nothing', async (t) => {
  const { from, to } = await sides(t);
  const before = await bytesOf(from.folder);
  const run = await runMigrate(from, to, { flags: ['--dry-run'] });
  assert.equal(run.code, 0, run.errors);
  const plan = JSON.parse(run.output) as {
    state: string;
    blobs: { count: number };
    tables: { table: string; rows: number }[];
  };
  assert.equal(plan.state, 'dry run');
  assert.ok(plan.blobs.count > 1_200);
  assert.ok(plan.tables.some(({ table, rows }) => table === 'nodes' && rows > 1_200));
  await assert.rejects(readdir(to.folder), /ENOENT/);
  assert.deepEqual(await bytesOf(from.folder), before);
});

/** Of every file but those that SQLite and the run itself make and remove beside the database. */
async function bytesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/-(wal|shm)$|urls\.env$|\.lock$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
  const hashes = names.map(async (name) => [
    name,
    createHash('sha256')
      .update(await readFile(name))
      .digest('hex'),
  ]);
  return Object.fromEntries(await Promise.all(hashes)) as Record<string, string>;
}

test('a target that somebody uses is refused, and the source goes on as it was', async (t) => {
  const { from, token } = await sides(t);
  const other = await sides(t);
  const run = await runMigrate(from, other.from);
  assert.equal(run.code, 1);
  assert.match(run.errors, /target is not empty: VOLVOX_SQL/);
  const server = await serve(t, from, token);
  assert.equal((await server.request('PUT', '/dav/files/new.txt', { body: 'x' })).status, 201);
});

test('the same stores, an incomplete file and unknown variables are wrong usage', async (t) => {
  const { from, to } = await sides(t);
  const same = await runMigrate(from, from);
  assert.deepEqual([same.code, /every store is the one that is in use/.test(same.errors)], [2, true]);
  const VOLVOX_SQL = 'postgres://nobody@127.0.0.1:9/none';
  const incomplete = await runMigrate(from, { folder: '', environment: { VOLVOX_SQL } });
  assert.deepEqual([incomplete.code, /says nothing of VOLVOX_CONFIG/.test(incomplete.errors)], [2, true]);
  const unknown = await runMigrate(from, { folder: to.folder, environment: { VOLVOX_SQUEAL: 'x' } });
  assert.deepEqual([unknown.code, /VOLVOX_SQUEAL/.test(unknown.errors)], [2, true]);
  const nothing = await runCli(from.folder, ['migrate']);
  assert.equal(nothing.code, 2);
  const gone = await runMigrate(from, {
    folder: to.folder,
    environment: { VOLVOX_SQL },
  });
  assert.equal(gone.code, 3, gone.errors);
});

test('damaged and missing contents are named before anybody is kept from writing, and moved as they are if asked', async (t) => {
  const { from, to, token } = await sides(t);
  const [missing = ''] = await listBlobs(from.folder);
  const damaged = chunkOf(from.folder, template.state.large);
  await removeBlob(from.folder, missing);
  await flipBlob(from.folder, damaged);
  const run = await runMigrate(from, to);
  assert.equal(run.code, 1);
  assert.ok(run.errors.includes(`missing: ${missing}`), run.errors);
  assert.ok(run.errors.includes(`corrupt: ${damaged} (large.bin`), run.errors);
  assert.doesNotMatch(run.errors, /^read-only$/m);
  const server = await serve(t, from, token);
  assert.equal((await server.request('PUT', '/dav/files/new.txt', { body: 'x' })).status, 201);
  const kept = await runMigrate(from, to, { flags: ['--keep-going'] });
  assert.equal(kept.code, 0, kept.errors);
  const { findings } = JSON.parse(kept.output) as { findings: { problem: string; blob: string }[] };
  assert.deepEqual(findings.map((f) => [f.problem, f.blob]).toSorted(), [
    ['corrupt', damaged],
    ['missing', missing],
  ]);
  const moved = await serve(t, to, token);
  const check = await moved.client.call('runCheck', { body: { deep: true } });
  const source = await server.client.call('runCheck', { body: { deep: true } });
  assert.deepEqual(
    check.findings.map((f) => f.kind).toSorted(),
    source.findings.map((f) => f.kind).toSorted(),
  );
});
