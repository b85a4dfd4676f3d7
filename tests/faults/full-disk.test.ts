/**
 * A disk that becomes full under blobs, database and settings: `storage_full`, and the server goes on; what was acknowledged is there,
 * what was refused left nothing, and with room again everything works again.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCli } from '../harness/cli.ts';
import type { DataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { mountSmallDisk, type SmallDisk } from '../harness/small-disk.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { bulkBody, tusHeaders, uploadMetadata } from '../harness/wire.ts';
import { problemOf } from './problem.ts';

/** The logs of the database (16) and of small contents (4) have to fit, and some contents besides. */
const mebibytes = 48;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a full disk', { concurrency: 1 }, () => {
  let template: Template<void>;
  before(async () => {
    template = await makeTemplate(async () => {});
  });
  after(() => template.remove());

  for (const [what, size] of [
    ['many small files', 2_000],
    ['a few large files', 700_000],
  ] as const) {
    test(`${what} until it is full`, { timeout: 120_000 }, async (t) => {
      const disk = await mountSmallDisk(mebibytes);
      if (disk === null) return t.skip('NOT PROVED HERE: a small disk can only be mounted by root');
      try {
        await untilFull(disk, await onDisk(template, disk), size);
      } finally {
        await disk.remove();
      }
    });
  }

  test('everything that writes says so, and works again afterwards', { timeout: 120_000 }, async (t) => {
    const disk = await mountSmallDisk(mebibytes);
    if (disk === null) return t.skip('NOT PROVED HERE: a small disk can only be mounted by root');
    try {
      await everyWriter(disk, await onDisk(template, disk));
    } finally {
      await disk.remove();
    }
  });

  test('a start on a full disk is refused, and loses nothing', { timeout: 120_000 }, async (t) => {
    const disk = await mountSmallDisk(mebibytes);
    if (disk === null) return t.skip('NOT PROVED HERE: a small disk can only be mounted by root');
    try {
      await startOnFull(disk, await onDisk(template, disk));
    } finally {
      await disk.remove();
    }
  });
});

async function onDisk(template: Template<void>, disk: SmallDisk): Promise<DataFolder> {
  const data = await template.copy();
  const folder = path.join(disk.folder, 'data');
  await cp(data.folder, folder, { recursive: true });
  await data.remove();
  return { ...data, folder, remove: () => Promise.resolve() };
}

/** Eight at a time, so that transactions share commits. @returns what was acknowledged: name -> hash */
async function putUntilRefused(server: ServerProcess, size: number): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  let count = 0;
  let refused = 0;
  const one = async (): Promise<void> => {
    while (refused < 24) {
      count += 1;
      const name = `file-${count}`;
      const body = `${name} `.padEnd(size, '.');
      const response = await server.request('PUT', `/dav/common/${name}`, { body });
      if (response.status === 201) {
        await response.arrayBuffer();
        kept.set(name, sha(body));
        continue;
      }
      assert.equal(response.status, 507, await response.clone().text());
      assert.equal((await problemOf(response)).code, 'storage_full');
      refused += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
  return kept;
}

async function allThere(server: ServerProcess, kept: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, hash] of kept) {
    const read = await server.request('GET', `/dav/common/${name}`);
    assert.equal(sha(await read.text()), hash, name);
  }
  const listed = await server.request('PROPFIND', '/dav/common/', { headers: { depth: '1' } });
  const names = [...(await listed.text()).matchAll(/\/dav\/common\/(file-\d+)</g)].map((match) => match[1]);
  assert.deepEqual(names.sort(), [...kept.keys()].sort(), 'what was refused is not there');
}

async function untilFull(disk: SmallDisk, data: DataFolder, size: number): Promise<void> {
  let server = await startServer(data);
  try {
    const kept = await putUntilRefused(server, size);
    assert.ok(kept.size * size > 1_000_000, `only ${kept.size} files fitted`);
    await disk.fill();
    const last = await server.request('PUT', '/dav/common/file-0', { body: 'x'.repeat(size) });
    assert.equal(last.status, 507);
    assert.equal((await problemOf(last)).code, 'storage_full');
    await allThere(server, kept);
    await disk.free();
    await goesOn(server, data, kept);
    await server.kill('SIGKILL');
    server = await startServer(data);
    await allThere(server, kept);
    const report = await server.client.call('runCheck', { body: { deep: true } });
    assert.deepEqual(report.findings, []);
  } finally {
    await server.kill('SIGKILL');
  }
}

/** With some room again, makes more by deleting a tenth for good, and writes. */
async function goesOn(server: ServerProcess, data: DataFolder, kept: Map<string, string>): Promise<void> {
  for (const name of [...kept.keys()].slice(0, Math.ceil(kept.size / 10))) {
    const { id } = await server.client.call('lookupNode', { query: { path: `/common/${name}` } });
    await server.client.call('deleteNode', { params: { id }, query: { permanent: true } });
    kept.delete(name);
  }
  await server.collect();
  assert.deepEqual(await readdir(path.join(data.folder, 'blobs', 'tmp')), [], 'refused writes left nothing');
  const again = await server.request('PUT', '/dav/common/file-9999999', { body: 'room again' });
  assert.equal(again.status, 201, await again.text());
  kept.set('file-9999999', sha('room again'));
  await allThere(server, kept);
}

async function everyWriter(disk: SmallDisk, data: DataFolder): Promise<void> {
  const server = await startServer(data);
  try {
    assert.equal((await server.request('PUT', '/dav/common/kept', { body: 'kept' })).status, 201);
    const kept = await server.client.call('lookupNode', { query: { path: '/common/kept' } });
    const upload = await server.request('POST', '/api/v1/uploads', {
      headers: {
        ...tusHeaders,
        'upload-length': '600000',
        'upload-metadata': uploadMetadata({ filename: 'tus', path: '/common' }),
      },
    });
    const target = new URL(upload.headers.get('location') ?? '', server.url).pathname;
    const patch = (): Promise<Response> =>
      server.request('PATCH', target, {
        body: 'u'.repeat(600_000),
        headers: { ...tusHeaders, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      });
    const json = { 'content-type': 'application/json' };
    const change = (): Promise<Response> =>
      server.request('PUT', '/api/v1/admin/settings/trash.keepDays', {
        body: JSON.stringify({ value: 7 }),
        headers: json,
      });
    const content = (): Promise<Response> =>
      server.request('PUT', `/api/v1/nodes/${kept.id}/content`, { body: 'n'.repeat(100_000) });
    const writers = { patch, change, content };
    await disk.fill();
    for (const [name, write] of Object.entries(writers)) {
      const refused = await write();
      assert.equal(refused.status, 507, `${name}: ${await refused.clone().text()}`);
      assert.equal((await problemOf(refused)).code, 'storage_full', name);
    }
    const { results } = await server.client.call('bulkUpload', {
      params: { id: kept.parentId ?? '' },
      body: bulkBody([{ path: 'bulk', text: 'b'.repeat(100_000) }]),
    });
    assert.deepEqual(
      results.map(({ ok, code }) => [ok, code]),
      [[false, 'storage_full']],
    );
    assert.equal(await (await server.request('GET', '/dav/common/kept')).text(), 'kept');
    const asked = await server.request('HEAD', target, { headers: tusHeaders });
    assert.equal(asked.headers.get('upload-offset'), '0');
    const { items } = await server.client.call('listSettings');
    assert.equal(items.find((setting) => setting.key === 'trash.keepDays')?.value, 30, 'not half changed');
    const health = await server.request('GET', '/healthz');
    assert.equal(health.status, 200);
    await disk.free();
    for (const [name, write] of Object.entries(writers)) {
      const answer = await write();
      assert.ok(answer.ok, `${name} works again: ${answer.status} ${await answer.text()}`);
    }
    await server.collect();
    assert.deepEqual((await server.client.call('runCheck', { body: { deep: true } })).findings, []);
    const tus = await server.request('GET', '/dav/common/tus');
    assert.equal((await tus.arrayBuffer()).byteLength, 600_000);
  } finally {
    await server.kill('SIGKILL');
  }
}

async function startOnFull(disk: SmallDisk, data: DataFolder): Promise<void> {
  const server = await startServer(data);
  const kept = new Map<string, string>();
  for (let i = 1; i <= 50; i += 1) {
    const body = `body ${i}`;
    assert.equal((await server.request('PUT', `/dav/common/file-${i}`, { body })).status, 201);
    kept.set(`file-${i}`, sha(body));
  }
  await disk.fill();
  await server.kill('SIGKILL');
  const refused = await runCli(data.folder, ['start']);
  assert.notEqual(refused.code, 0);
  assert.match(refused.errors, /ENOSPC|no room|full/, refused.errors);
  await disk.free();
  const next = await startServer(data);
  try {
    await allThere(next, kept);
    assert.deepEqual((await next.client.call('runCheck', { body: { deep: true } })).findings, []);
  } finally {
    await next.kill('SIGKILL');
  }
}
