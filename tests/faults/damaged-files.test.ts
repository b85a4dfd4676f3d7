/**
 * Damaged files of the data folder: the start is refused by name, or the server serves what it can and says so; what is damaged stays as
 * it is for whoever restores it, and nothing is begun anew behind the operator's back (but the documents, which can be).
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, copyFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { runCli } from '../harness/cli.ts';
import type { DataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { bulkBody } from '../harness/wire.ts';
import { problemOf } from './problem.ts';

const failed = 1;
const many = 400;
let template: Template<{ readonly bigId: string }>;

/** One file, and a folder with so many that the database has pages in its middle. */
async function prepare(server: ServerProcess): Promise<{ bigId: string }> {
  assert.equal((await server.request('PUT', '/dav/common/kept.txt', { body: 'kept' })).status, 201);
  assert.equal((await server.request('MKCOL', '/dav/common/big')).status, 201);
  const big = await server.client.call('lookupNode', { query: { path: '/common/big' } });
  const files = Array.from({ length: many }, (_, i) => ({ path: `file number ${i}.txt`, text: `text ${i}` }));
  await server.client.call('bulkUpload', { params: { id: big.id }, body: bulkBody(files) });
  await server.client.call('setSetting', { params: { key: 'trash.keepDays' }, body: { value: 7 } });
  await server.settle();
  return { bigId: big.id };
}

async function withCopy(work: (data: DataFolder) => Promise<void>): Promise<void> {
  const data = await template.copy();
  try {
    await work(data);
  } finally {
    await data.remove();
  }
}

async function withServer<T>(
  data: DataFolder,
  work: (server: ServerProcess) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const server = await startServer(data, env);
  try {
    return await work(server);
  } finally {
    await server.kill('SIGKILL');
  }
}

const hashOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

async function overwrite(file: string, position: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

/** The start fails, names the file and the code, and leaves it as it is. */
async function refusesToStart(
  data: DataFolder,
  name: string,
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = path.join(data.folder, name);
  const found = await stat(file).catch(() => null);
  const before = found === null ? null : await hashOf(file);
  const refused = await runCli(data.folder, ['start'], { env });
  assert.equal(refused.code, failed, refused.errors + refused.output);
  assert.ok(refused.errors.includes(name), refused.errors);
  assert.ok(refused.errors.includes(`(${code})`), refused.errors);
  assert.equal(refused.errors.trim().split('\n').length, 1, 'one clear line');
  if (before === null) await assert.rejects(stat(file));
  else assert.equal(await hashOf(file), before, 'left as it was');
}

async function keptIsThere(server: ServerProcess): Promise<void> {
  assert.equal(await (await server.request('GET', '/dav/common/kept.txt')).text(), 'kept');
}

const documentDamages: Readonly<Record<string, (file: string) => Promise<void>>> = {
  'garbage where its head was': (file) => overwrite(file, 0, Buffer.alloc(200, 'garbage ')),
  'nothing but zeros': async (file) => writeFile(file, Buffer.alloc((await stat(file)).size)),
  missing: (file) => rm(file),
};

describe('damaged files', { concurrency: 2 }, () => {
  before(async () => {
    template = await makeTemplate(prepare);
  });
  after(() => template.remove());

  test('volvox.db: garbage where its head was', () =>
    withCopy(async (data) => {
      await overwrite(path.join(data.folder, 'volvox.db'), 0, Buffer.alloc(100, 'garbage '));
      await refusesToStart(data, 'volvox.db', 'corrupt');
    }));

  test('volvox.db: cut off in the middle', () =>
    withCopy(async (data) => {
      const file = path.join(data.folder, 'volvox.db');
      await truncate(file, Math.floor((await stat(file)).size / 2));
      const report = await runCli(data.folder, ['check', '--json']);
      assert.equal(report.code, failed, report.output + report.errors);
      assert.match(report.output + report.errors, /database|corrupt/);
    }));

  test('volvox.db: a page in its middle', () => withCopy(damagedPage));

  test('volvox.db-wal: a torn write at its end', () =>
    withCopy(async (data) => {
      await withServer(data, async (server) => {
        assert.equal((await server.request('PUT', '/dav/common/late', { body: 'late' })).status, 201);
      });
      const log = path.join(data.folder, 'volvox.db-wal');
      assert.ok((await stat(log)).size > 0);
      await appendFile(log, Buffer.alloc(3000, 'torn'));
      await withServer(data, async (server) => {
        assert.equal(await (await server.request('GET', '/dav/common/late')).text(), 'late');
        const report = await server.client.call('runCheck', { body: { deep: true } });
        assert.deepEqual(report.findings, []);
      });
    }));

  test('config.json', () =>
    withCopy(async (data) => {
      await writeFile(path.join(data.folder, 'config.json'), '{"volvox":"config","format":1,"chan');
      await refusesToStart(data, 'config.json', 'corrupt');
    }));

  test('config.json while it is in use: old settings hold, no change is taken, nothing is overwritten', () =>
    withCopy((data) => withServer(data, (server) => configInUse(server, data))));

  test('vault.json', () =>
    withCopy(async (data) => {
      await writeFile(path.join(data.folder, 'vault.json'), '[1, 2');
      await refusesToStart(data, 'vault.json', 'corrupt');
    }));

  test('vault.keyring: missing', () =>
    withCopy(async (data) => {
      await rm(path.join(data.folder, 'vault.keyring'));
      await refusesToStart(data, 'vault.keyring', 'corrupt');
    }));

  test('vault.keyring: of another vault', () =>
    withCopy(async (data) => {
      const file = path.join(data.folder, 'vault.keyring');
      await writeFile(file, (await readFile(file, 'utf8')).replace(/"id":"(.)/, '"id":"x'));
      await refusesToStart(data, 'vault.keyring', 'unauthenticated');
    }));

  test('VOLVOX_VAULT_KEY: missing or wrong for a vault that it protects', () =>
    withCopy(async (data) => {
      await withServer(data, keptIsThere, { VOLVOX_VAULT_KEY: 'a passphrase of some length' });
      await refusesToStart(data, 'vault.keyring', 'unauthenticated');
      await refusesToStart(data, 'vault.keyring', 'unauthenticated', {
        VOLVOX_VAULT_KEY: 'quite another one',
      });
      await withServer(data, keptIsThere, { VOLVOX_VAULT_KEY: 'a passphrase of some length' });
    }));

  for (const [what, damage] of Object.entries(documentDamages)) {
    test(`documents.db: ${what}`, () => withCopy((data) => documentsAreMadeAnew(data, damage)));
  }
});

/** Reading what the page held fails with a code; everything else goes on; the check names the damage. */
async function damagedPage(data: DataFolder): Promise<void> {
  const file = path.join(data.folder, 'volvox.db');
  const database = new Database(file);
  const [size] = database.pragma('page_size') as [{ page_size: number }];
  const pages = database
    .prepare("select pageno from dbstat where name = 'nodes_by_name' and pagetype = 'leaf' order by path")
    .pluck()
    .all() as number[];
  database.close();
  const page = pages[Math.floor(pages.length / 2)] ?? 0;
  assert.ok(page > 1, 'the index has pages');
  await overwrite(file, (page - 1) * size.page_size, Buffer.alloc(size.page_size, 0xa5));

  await withServer(data, async (server) => {
    const listed = await server.request('GET', `/api/v1/nodes/${template.state.bigId}/children?limit=1000`);
    assert.equal(listed.status, 500);
    const problem = await problemOf(listed);
    assert.equal(problem.code, 'corrupt');
    assert.equal(problem.detail, undefined, 'no inner facts leave the server');
    await keptIsThere(server);
    const report = await server.client.call('runCheck', { body: {} });
    assert.ok(report.findings.some((finding) => finding.kind === 'database'));
    const cli = await runCli(data.folder, ['check']);
    assert.equal(cli.code, failed, cli.errors);
    assert.match(cli.output, /^database /m);
  });
}

async function configInUse(server: ServerProcess, data: DataFolder): Promise<void> {
  const file = path.join(data.folder, 'config.json');
  const good = `${file}.good`;
  await copyFile(file, good);
  await writeFile(file, '{"volvox": "conf');
  const damaged = await hashOf(file);
  const change = (value: number): Promise<Response> =>
    server.request('PUT', '/api/v1/admin/settings/trash.keepDays', {
      body: JSON.stringify({ value }),
      headers: { 'content-type': 'application/json' },
    });
  const refused = await change(9);
  assert.equal(refused.status, 500);
  assert.equal((await problemOf(refused)).code, 'corrupt');
  assert.equal(await hashOf(file), damaged, 'not overwritten');
  const { items } = await server.client.call('listSettings');
  assert.equal(items.find((setting) => setting.key === 'trash.keepDays')?.value, 7, 'the last good value');
  await keptIsThere(server);
  await copyFile(good, file);
  assert.equal((await change(9)).status, 200, 'goes on once the file is whole again');
}

async function documentsAreMadeAnew(
  data: DataFolder,
  damage: (file: string) => Promise<void>,
): Promise<void> {
  const file = path.join(data.folder, 'documents.db');
  await damage(file);
  const damaged = await stat(file).catch(() => null);
  await withServer(data, async (server) => {
    await keptIsThere(server);
    const deadline = Date.now() + 20_000;
    for (;;) {
      await server.settle();
      const { items } = await server.client.call('search', { query: { q: 'file number 399' } });
      if (items.length === 1) break;
      assert.ok(Date.now() < deadline, 'the index is not made anew');
    }
    if (damaged !== null)
      assert.equal((await stat(`${file}.damaged`)).size, damaged.size, 'the old one is put aside');
  });
}
