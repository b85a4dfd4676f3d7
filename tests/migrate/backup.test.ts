/** `volvox backup` and `volvox restore`, embedded on both sides: while people write, cut off, damaged, in the wrong place. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { atEnd } from '../harness/at-end.ts';
import { chunkOf, flipBlob, listBlobs, removeBlob } from '../harness/blob-files.ts';
import { runCli } from '../harness/cli.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { differenceOf, pictureOf } from './picture.ts';
import { populate, type Kept } from './populate.ts';
import { runCopy, type Side } from './run-migrate.ts';

interface State {
  readonly kept: Kept;
  /** Id of a file. */
  readonly large: string;
}

interface Report {
  readonly takenAt: string;
  readonly blobs: { readonly count: number };
  readonly copied: { readonly count: number };
}

let template: Template<State>;
/** A backup of the template, for whoever only needs one. */
let taken: { readonly folder: string; readonly remove: () => Promise<void> };

before(async () => {
  template = await makeTemplate(async (server) => {
    const kept = await populate(server);
    // A roll-up after a picture would give folders another time of change.
    await server.client.call('runJob', { params: { name: 'tree.sizes' } });
    const { id } = await server.client.call('lookupNode', { query: { path: 'files/large.bin' } });
    return { kept, large: id };
  });
  const source = await template.copy();
  taken = await makeDataFolder();
  await backUp({ folder: source.folder, environment: {} }, taken.folder);
  await source.remove();
});
after(() => Promise.all([template.remove(), taken.remove()]));

async function place(t: TestContext): Promise<string> {
  const { folder, remove } = await makeDataFolder();
  atEnd(t, remove);
  return path.join(folder, 'place');
}

async function emptySide(t: TestContext): Promise<Side> {
  return { folder: await place(t), environment: {} };
}

async function source(t: TestContext): Promise<Side & { readonly token: string }> {
  const copy = await template.copy();
  atEnd(t, copy.remove);
  return { folder: copy.folder, environment: {}, token: copy.token ?? '' };
}

async function copyOfBackup(t: TestContext): Promise<string> {
  const folder = await place(t);
  await cp(taken.folder, folder, { recursive: true });
  return folder;
}

async function serve(t: TestContext, side: Side, token: string): Promise<ServerProcess> {
  const server = await startServer({ folder: side.folder, token, remove: async () => {} });
  atEnd(t, () => server.kill('SIGKILL'));
  return server;
}

async function backUp(side: Side, folder: string): Promise<Report> {
  const run = await runCopy('backup', side, folder);
  assert.equal(run.code, 0, run.errors);
  return JSON.parse(run.output) as Report;
}

async function restored(t: TestContext, folder: string): Promise<Side> {
  const to = await emptySide(t);
  const run = await runCopy('restore', to, folder);
  assert.equal(run.code, 0, run.errors);
  return to;
}

async function findingsOf(server: ServerProcess): Promise<readonly unknown[]> {
  return (await server.client.call('runCheck', { body: { deep: true } })).findings;
}

/** Text of a file in the workspace; null: there is none. */
async function textOf(server: ServerProcess, name: string): Promise<string | null> {
  const answer = await server.request('GET', `/dav/files/${name}`);
  const text = await answer.text();
  return answer.status === 404 ? null : text;
}

const put = (server: ServerProcess, name: string, body: string): Promise<Response> =>
  server.request('PUT', `/dav/files/${name}`, { body });

test('what was acknowledged before is in the backup, though people write and delete, and none of them waits', async (t) => {
  const from = await source(t);
  const server = await serve(t, from, from.token);
  for (let i = 0; i < 30; i++) assert.equal((await put(server, `before${i}.txt`, `before ${i}`)).status, 201);
  let running = true;
  let written = 0;
  const writer = (async () => {
    for (let i = 0; running; i++) {
      assert.equal((await put(server, `during${i}.txt`, `during ${i}`)).status, 201);
      if (i % 3 === 0)
        assert.equal((await server.request('DELETE', `/dav/files/during${i}.txt`)).status, 204);
      written += 1;
    }
  })();
  const folder = await place(t);
  await backUp(from, folder);
  running = false;
  await writer;
  assert.ok(written > 0);
  const target = await serve(t, await restored(t, folder), from.token);
  for (let i = 0; i < 30; i++) assert.equal(await textOf(target, `before${i}.txt`), `before ${i}`);
  // Of one moment: nothing after the first that is not there.
  const there: boolean[] = [];
  for (let i = 0; i < written; i++)
    if (i % 3 !== 0) {
      const text = await textOf(target, `during${i}.txt`);
      assert.ok(text === null || text === `during ${i}`);
      there.push(text !== null);
    }
  assert.equal(there.lastIndexOf(true), there.filter(Boolean).length - 1);
  assert.deepEqual(await findingsOf(target), []);
});

test('a restored server shows the same, log-ins, rules, locks and uploads too, and takes changes', async (t) => {
  const from = await source(t);
  const server = await serve(t, from, from.token);
  const seen = await pictureOf(server, template.state.kept);
  const target = await serve(t, await restored(t, taken.folder), from.token);
  assert.equal(differenceOf(seen, await pictureOf(target, template.state.kept)), null);
  assert.equal((await put(target, 'new.txt', 'goes on')).status, 201);
  await target.settle();
  assert.ok((await target.client.call('search', { query: { q: 'versions.txt' } })).items.length > 0);
  assert.deepEqual(await findingsOf(target), []);
});

test('a backup is a folder for its owner only, that can be checked, serves nobody and stays as it was', async (t) => {
  const from = await source(t);
  const folder = await copyOfBackup(t);
  // Sizes of folders have not been rolled up when the backup is made.
  assert.equal((await put(await serve(t, from, from.token), 'just-now.txt', 'now')).status, 201);
  await backUp(from, folder);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  for (const name of ['volvox.db', 'vault.json', 'vault.keyring', 'config.json', 'manifest.json'])
    assert.equal((await stat(path.join(folder, name))).mode & 0o777, 0o600, name);
  const checked = await runCli(folder, ['check', '--deep', '--json']);
  assert.equal(checked.code, 0, checked.errors + checked.output);
  const changed = await runCli(folder, ['user', 'disable', 'anna']);
  assert.deepEqual([changed.code, /or this is a backup/.test(changed.errors)], [1, true], changed.errors);
  await assert.rejects(startServer(folder), /this is a backup of .*"volvox restore"/);
  await restored(t, folder);
  const run = await runCopy('backup', { folder: taken.folder, environment: {} }, await place(t));
  assert.deepEqual([run.code, /this is a backup/.test(run.errors)], [1, true], run.errors);
});

test('a backup made with a key of its own is restored with it, and refused without it', async (t) => {
  const VOLVOX_VAULT_KEY = 'a passphrase for tests';
  const from = { ...(await source(t)), environment: { VOLVOX_VAULT_KEY } };
  const folder = await place(t);
  const run = await runCopy('backup', from, folder);
  assert.equal((JSON.parse(run.output) as { key: string }).key, 'VOLVOX_VAULT_KEY', run.errors);
  assert.doesNotMatch(run.output + run.errors, new RegExp(VOLVOX_VAULT_KEY));
  const to = await emptySide(t);
  const without = await runCopy('restore', to, folder);
  assert.deepEqual([without.code, /set VOLVOX_VAULT_KEY/.test(without.errors)], [1, true], without.errors);
  const withIt = await runCopy('restore', { ...to, environment: { VOLVOX_VAULT_KEY } }, folder);
  assert.equal(withIt.code, 0, withIt.errors);
});

test('again into the same folder only what is new is copied, and what is gone for good leaves it', async (t) => {
  const from = await source(t);
  const folder = await copyOfBackup(t);
  const server = await serve(t, from, from.token);
  const before = (await listBlobs(folder)).length;
  assert.equal((await put(server, 'second.txt', 'second')).status, 201);
  const second = await backUp(from, folder);
  assert.deepEqual([second.copied.count, second.blobs.count], [1, before + 1]);
  assert.equal((await listBlobs(folder)).length, before + 1);
  const { id } = await server.client.call('lookupNode', { query: { path: 'files/large.bin' } });
  await server.client.call('deleteNode', { params: { id }, query: { permanent: true } });
  await server.collect();
  const third = await backUp(from, folder);
  assert.equal(third.copied.count, 0);
  assert.ok(third.blobs.count < second.blobs.count);
  assert.equal((await listBlobs(folder)).length, third.blobs.count);
  const target = await serve(t, await restored(t, folder), from.token);
  assert.deepEqual([await textOf(target, 'second.txt'), await textOf(target, 'large.bin')], ['second', null]);
  assert.deepEqual(await findingsOf(target), []);
});

test('a backup that is killed leaves the one before, and a restoring that is killed is finished later', async (t) => {
  const from = await source(t);
  const folder = await copyOfBackup(t);
  const server = await serve(t, from, from.token);
  assert.equal((await put(server, 'second.txt', 'second')).status, 201);
  let expected: string | null = null;
  for (const moment of ['tables', 'contents', 'verify']) {
    const killed = await runCopy('backup', from, folder, { onStage: killAt(moment) });
    // Little is left to do: the kill may come too late.
    if (killed.code === 0) expected = 'second';
    else assert.equal(killed.code, null, `not killed at ${moment}: ${killed.errors}`);
  }
  const to = await emptySide(t);
  for (const moment of ['contents', 'tables']) {
    const killed = await runCopy('restore', to, folder, { onStage: killAt(moment) });
    assert.equal(killed.code, null, `not killed at ${moment}: ${killed.errors}`);
    await assert.rejects(startServer(to.folder), /being filled by "volvox restore"/);
  }
  const run = await runCopy('restore', to, folder);
  assert.equal(run.code, 0, run.errors);
  const target = await serve(t, to, from.token);
  assert.equal(await textOf(target, 'second.txt'), expected);
  assert.deepEqual(await findingsOf(target), []);
  await backUp(from, folder);
  const later = await serve(t, await restored(t, folder), from.token);
  assert.equal(await textOf(later, 'second.txt'), 'second');
});

function killAt(moment: string): (stage: string, kill: () => void) => void {
  return (stage, kill) => {
    if (stage === moment) kill();
  };
}

test('a backup that was cut off while it took the place of the old one is put in place by whoever comes next', async (t) => {
  const folder = await copyOfBackup(t);
  const ready = path.join(folder, 'ready');
  await mkdir(ready);
  for (const name of ['config.json', 'vault.json', 'vault.keyring', 'manifest.json'])
    await rename(path.join(folder, name), path.join(ready, name));
  for (const name of ['vault.json', 'manifest.json'])
    await writeFile(path.join(folder, name), 'of the old one');
  await restored(t, folder);
  assert.ok(!(await readdir(folder)).includes('ready'));
});

test('a damaged backup is refused by name, and its target is not one that a node starts on', async (t) => {
  const refused = async (damage: (folder: string) => Promise<unknown>, expected: RegExp): Promise<Side> => {
    const folder = await copyOfBackup(t);
    await damage(folder);
    const to = await emptySide(t);
    const run = await runCopy('restore', to, folder);
    assert.deepEqual([run.code, expected.test(run.errors)], [1, true], run.errors);
    return to;
  };
  const chunk = chunkOf(taken.folder, template.state.large);
  const missing = (await listBlobs(taken.folder)).find((key) => key !== chunk) ?? '';
  const to = await refused(
    async (folder) => {
      await flipBlob(folder, chunk);
      await removeBlob(folder, missing);
    },
    new RegExp(`(?=[^]*corrupt: ${chunk} \\(large\\.bin)(?=[^]*missing: ${missing})`),
  );
  await assert.rejects(startServer(to.folder), /being filled by "volvox restore"/);
  await refused((folder) => cut(path.join(folder, 'volvox.db')), /volvox\.db|is damaged/);
  await refused((folder) => rm(path.join(folder, 'vault.keyring')), /vault\.keyring is missing/);
  await refused((folder) => rm(path.join(folder, 'blobs'), { recursive: true }), /blobs is missing/);
  await refused((folder) => cut(path.join(folder, 'vault.json')), /vault\.json is damaged/);
  await refused((folder) => cut(path.join(folder, 'manifest.json')), /manifest\.json is damaged/);
  await refused(changeRow, /table setup_state|table groups|table user_groups/);
});

async function cut(file: string): Promise<void> {
  await truncate(file, Math.floor((await stat(file)).size / 2));
}

async function changeRow(folder: string): Promise<void> {
  const database = new Database(path.join(folder, 'volvox.db'));
  for (const { name } of database
    .prepare<[], { name: string }>("select name from sqlite_schema where type = 'trigger'")
    .all())
    database.exec(`drop trigger "${name}"`);
  database.exec("update user_groups set name = name || '.'");
  database.close();
}

test('only empty stores are restored to, and only a folder of its own is backed up to', async (t) => {
  const from = await source(t);
  const before = await bytesOf(from.folder);
  const used = await runCopy('restore', from, taken.folder);
  assert.deepEqual([used.code, /target is not empty: VOLVOX_SQL/.test(used.errors)], [1, true], used.errors);
  assert.deepEqual(await bytesOf(from.folder), before);
  const other = await source(t);
  for (const folder of [from.folder, other.folder]) {
    const run = await runCopy('backup', from, folder);
    assert.deepEqual([run.code, /neither empty nor a backup/.test(run.errors)], [2, true], run.errors);
  }
  const to = await restored(t, taken.folder);
  const again = await runCopy('restore', to, taken.folder);
  assert.deepEqual([again.code, /brought there already/.test(again.errors)], [1, true], again.errors);
  const nothing = await runCopy('restore', await emptySide(t), from.folder);
  assert.equal(nothing.code, 2, nothing.errors);
  const gone = await runCopy('backup', await emptySide(t), await place(t));
  assert.deepEqual([gone.code, /there is no data folder/.test(gone.errors)], [1, true], gone.errors);
});

/** Of every file but those that SQLite makes and removes beside a database. */
async function bytesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/-(wal|shm)$|\.lock$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
  const hashes = names.map(async (name) => [
    name,
    createHash('sha256')
      .update(await readFile(name))
      .digest('hex'),
  ]);
  return Object.fromEntries(await Promise.all(hashes)) as Record<string, string>;
}
