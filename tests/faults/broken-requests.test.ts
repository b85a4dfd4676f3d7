/** Clients that break off, lie about the length, come too late or ask for more than there is room for: nothing half-done stays. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { listBlobs } from '../harness/blob-files.ts';
import type { DataFolder } from '../harness/data-folder.ts';
import { breakOff } from '../harness/raw-request.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate } from '../harness/template.ts';
import { bulkBody, tusHeaders, uploadMetadata } from '../harness/wire.ts';
import { generator } from './load/generator.ts';
import { problemOf } from './problem.ts';
import { until } from '../../packages/server/src/testing/expectations.ts';

const hour = 3_600_000;
const offsetType = 'application/offset+octet-stream';
const big = randomBytes(3 * 2 ** 20);
const seed = Number(process.env['VOLVOX_TEST_SEED'] ?? 20261122);

let data: DataFolder;
let server: ServerProcess;
let common: { readonly id: string; readonly rootId: string };

before(async () => {
  const template = await makeTemplate(async (first) => {
    const { items } = await first.client.call('listWorkspaces');
    const found = items.find((workspace) => workspace.slug === 'common');
    assert.ok(found);
    return found;
  });
  common = template.state;
  data = await template.copy();
  await template.remove();
  server = await startServer(data);
});

after(async () => {
  const report = await server.client.call('runCheck', { body: { deep: true } });
  await server.kill('SIGKILL');
  await data.remove();
  assert.deepEqual(report.findings, [], 'after all of it nothing is wrong');
});

async function put(name: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> {
  const response = await server.request('PUT', `/dav/common/${name}`, { body });
  await response.arrayBuffer();
  return response.status;
}

async function read(name: string): Promise<Buffer | null> {
  const response = await server.request('GET', `/dav/common/${name}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.status === 404 ? null : bytes;
}

async function beginUpload(name: string, length: number): Promise<string> {
  const made = await server.request('POST', '/api/v1/uploads', {
    headers: {
      ...tusHeaders,
      'upload-length': `${length}`,
      'upload-metadata': uploadMetadata({ filename: name, path: '/common' }),
    },
  });
  assert.equal(made.status, 201, await made.text());
  return new URL(made.headers.get('location') ?? '', server.url).pathname;
}

function patch(target: string, offset: number, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  const headers = { ...tusHeaders, 'upload-offset': `${offset}`, 'content-type': offsetType };
  return server.request('PATCH', target, { body, headers });
}

async function offsetOf(target: string): Promise<number> {
  const asked = await server.request('HEAD', target, { headers: tusHeaders });
  assert.equal(asked.status, 200);
  return Number(asked.headers.get('upload-offset'));
}

/** Polls, since a server may still be about to find out that its client has gone. */
async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(holds, what);
}

const temporary = (): Promise<string[]> => readdir(path.join(data.folder, 'blobs', 'tmp'));
const nothingIsLeft = (blobs: readonly string[]): Promise<void> =>
  eventually('bytes of a broken request are left on the disk', async () => {
    const now = await listBlobs(data.folder);
    return now.length === blobs.length && (await temporary()).length === 0;
  });

describe('uploads by PUT that break off', () => {
  for (const end of ['close', 'reset'] as const) {
    for (const [what, body] of Object.entries({
      small: big.subarray(0, 500),
      large: big.subarray(0, 2 ** 21),
    })) {
      test(`${what}, ${end}: a new file is not there, an old one is as it was`, async () => {
        assert.ok([201, 204].includes(await put('old', 'old content')));
        const blobs = await listBlobs(data.folder);
        for (const target of [
          '/dav/common/old',
          '/dav/common/new',
          `/api/v1/nodes/${common.rootId}/children/rest/content`,
        ]) {
          const headers = { 'content-length': body.length + 1_000 };
          const answer = await breakOff(server, { method: 'PUT', target, headers, body, end });
          assert.doesNotMatch(answer, /^HTTP\/1.1 2/, 'acknowledged, though not all had come');
        }
        await nothingIsLeft(blobs);
        assert.equal(String(await read('old')), 'old content');
        assert.equal(await read('new'), null);
        assert.equal(await read('rest'), null);
      });
    }
  }

  test('at any moment: whole or not at all; sent again it is there', { timeout: 60_000 }, async () => {
    const random = generator(seed);
    for (let round = 0; round < 60; round += 1) {
      const name = `cut-${round}`;
      const body = new Uint8Array(big.subarray(round, round + 1 + Math.floor(random() * 300_000)));
      const leave = new AbortController();
      const sent = server
        .request('PUT', `/dav/common/${name}`, { body, signal: leave.signal })
        .then((response) => response.status)
        .catch(() => null);
      const timer = setTimeout(() => leave.abort(), random() * 30);
      const status = await sent;
      clearTimeout(timer);
      const found = await read(name);
      if (status !== null) assert.ok(found !== null, 'acknowledged and not there');
      if (found !== null) assert.ok(found.equals(body), 'something else than what was sent');
      assert.ok([201, 204].includes(await put(name, body)), 'sent again');
      assert.ok((await read(name))?.equals(body));
    }
    await server.collect();
    assert.deepEqual(await temporary(), []);
  });
});

describe('resumable uploads', () => {
  test('a cut keeps exactly what came, and the rest makes the file', async () => {
    const target = await beginUpload('resumed', big.length);
    const came = 1_234_567;
    const headers = {
      ...tusHeaders,
      'upload-offset': 0,
      'content-type': offsetType,
      'content-length': big.length,
    };
    const body = big.subarray(0, came);
    await breakOff(server, { method: 'PATCH', target, headers, body, end: 'close' });
    await eventually('what came is not kept', async () => (await offsetOf(target)) > 0);
    assert.equal(await offsetOf(target), came);
    assert.equal(await read('resumed'), null);
    assert.equal((await patch(target, came, new Uint8Array(big.subarray(came)))).status, 204);
    assert.ok((await read('resumed'))?.equals(big));
  });

  test('cuts at any moment, resumed each time where the server stands', { timeout: 60_000 }, async () => {
    const random = generator(seed);
    const target = await beginUpload('hacked', big.length);
    for (let offset = 0; offset < big.length; offset = await offsetOf(target)) {
      const body = big.subarray(offset, offset + Math.ceil(random() * 400_000));
      const headers = {
        ...tusHeaders,
        'upload-offset': offset,
        'content-type': offsetType,
        'content-length': big.length - offset,
      };
      await breakOff(server, {
        method: 'PATCH',
        target,
        headers,
        body,
        end: random() < 0.5 ? 'close' : 'reset',
      });
    }
    const found = await read('hacked');
    assert.equal(hashOf(found), hashOf(big));
  });

  test('one that has expired is gone, with its bytes', async () => {
    const blobs = await listBlobs(data.folder);
    const target = await beginUpload('late', 1_000);
    assert.equal((await patch(target, 0, new Uint8Array(400))).status, 204);
    await server.advance(25 * hour);
    const late = await patch(target, 400, new Uint8Array(600));
    assert.equal(late.status, 410);
    assert.equal((await problemOf(late)).code, 'gone');
    assert.equal((await server.request('HEAD', target, { headers: tusHeaders })).status, 410);
    await server.collect();
    assert.equal((await listBlobs(data.folder)).length, blobs.length);
    assert.equal(await read('late'), null);
  });
});

describe('a full quota', () => {
  test('refuses whatever adds, keeps what is there, and gives way once there is room', async () => {
    const { items } = await server.client.call('listWorkspaces');
    const used = items.find((workspace) => workspace.id === common.id)?.used ?? 0;
    const setQuota = (quota: number | null) =>
      server.client.call('updateWorkspace', { params: { id: common.id }, body: { quota } });
    await setQuota(used + 1_000);
    assert.equal(await put('fits', 'f'.repeat(900)), 201);
    const blobs = await listBlobs(data.folder);
    const { id } = await server.client.call('lookupNode', { query: { path: '/common/fits' } });
    const over = new Uint8Array(200);
    const json = { 'content-type': 'application/json' };
    const refused: Record<string, () => Promise<Response>> = {
      put: () => server.request('PUT', '/dav/common/over', { body: over }),
      version: () => server.request('PUT', '/dav/common/fits', { body: new Uint8Array(1_200) }),
      rest: () =>
        server.request('PUT', `/api/v1/nodes/${common.rootId}/children/over/content`, { body: over }),
      copy: () =>
        server.request('POST', `/api/v1/nodes/${id}/copy`, {
          body: JSON.stringify({ parentId: common.rootId, name: 'over' }),
          headers: json,
        }),
      tus: () =>
        server.request('POST', '/api/v1/uploads', {
          headers: {
            ...tusHeaders,
            'upload-length': '200',
            'upload-metadata': uploadMetadata({ filename: 'over', path: '/common' }),
          },
        }),
    };
    for (const [name, send] of Object.entries(refused)) {
      const answer = await send();
      assert.equal(answer.status, 507, `${name}: ${await answer.clone().text()}`);
      assert.equal((await problemOf(answer)).code, 'quota_exceeded', name);
    }
    const { results } = await server.client.call('bulkUpload', {
      params: { id: common.rootId },
      body: bulkBody([{ path: 'over', text: 'o'.repeat(200) }]),
    });
    assert.equal(results[0]?.code, 'quota_exceeded');
    await nothingIsLeft(blobs);
    assert.equal(await read('over'), null);
    assert.equal(String(await read('fits')), 'f'.repeat(900));
    await server.client.call('deleteNode', { params: { id }, query: { permanent: true } });
    assert.equal(await put('over', over), 201, 'room again');
    await setQuota(null);
  });
});

function hashOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
}
