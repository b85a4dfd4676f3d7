import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeTestFolder, names, none, refused, sha256, startServer, textOf, upload } from './harness.ts';

const server = await startServer({ env: { VOLVOX_DURABILITY: 'relaxed' } });
const client = server.client();
const folder = await makeTestFolder(client);
const digits = await upload(client, folder.id, 'digits.txt', '0123456789');
const contentUrl = (id: string): string => `/api/v1/nodes/${id}/content`;
const davUrl = (name: string): string => `/dav/common/${folder.name}/${name}`;

async function get(target: string, headers: Record<string, string> = {}): Promise<[number, string, Headers]> {
  const answer = await server.fetch('GET', target, { headers });
  return [answer.status, await answer.text(), answer.headers];
}

for (const [door, target] of [
  ['REST', contentUrl(digits.id)],
  ['WebDAV', davUrl('digits.txt')],
] as const)
  test(`one range of the content is sent by ${door}, and nothing outside of it`, async () => {
    const ranges: readonly [string, number, string, string | null][] = [
      ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
      ['bytes=7-', 206, '789', 'bytes 7-9/10'],
      ['bytes=-2', 206, '89', 'bytes 8-9/10'],
      ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
      ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ];
    for (const [range, status, text, contentRange] of ranges) {
      const [gotStatus, gotText, headers] = await get(target, { range });
      assert.deepEqual(
        [gotStatus, gotText, headers.get('content-range')],
        [status, text, contentRange],
        range,
      );
    }
    for (const range of ['bytes=10-', 'bytes=99-100', 'bytes=-0']) {
      const [status, , headers] = await get(target, { range });
      assert.deepEqual([status, headers.get('content-range')], [416, 'bytes */10'], range);
    }
    for (const range of ['bytes=5-2', 'lines=1-2', 'bytes=a-b', 'bytes']) {
      const [status, text] = await get(target, { range });
      assert.deepEqual([status, text], [200, '0123456789'], `${range} is no range and is ignored`);
    }
    const [status, text] = await get(target, { range: 'bytes=0-1', 'if-range': '"other"' });
    assert.deepEqual([status, text], [200, '0123456789']);
    assert.equal((await get(target, { range: 'bytes=0-1', 'if-range': digits.etag }))[0], 206);
  });

test('conditions spare a download or refuse a change', async () => {
  const target = contentUrl(digits.id);
  const { etag } = digits;
  assert.equal((await get(target, { 'if-none-match': etag }))[0], 304);
  assert.equal((await get(target, { 'if-none-match': '"other", ' + etag }))[0], 304);
  assert.equal((await get(target, { 'if-none-match': '"other"' }))[0], 200);
  assert.equal((await get(target, { 'if-match': '"other"' }))[0], 412);
  const [, , headers] = await get(target);
  const modified = headers.get('last-modified') ?? '';
  assert.equal((await get(target, { 'if-modified-since': modified }))[0], 304);
  assert.equal((await get(target, { 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }))[0], 412);
  const put = async (as: Record<string, string>): Promise<number> =>
    (await server.fetch('PUT', target, { headers: as, body: '0123456789' })).status;
  assert.equal(await put({ 'if-match': '"other"' }), 412);
  assert.equal(await put({ 'if-match': etag }), 200);
  assert.equal(await put({ 'if-match': etag }), 412, 'the tag of an earlier version no longer holds');
  assert.equal(await put({ 'if-none-match': '*' }), 412);
  const create = `/api/v1/nodes/${folder.id}/children/new.txt/content`;
  assert.equal((await server.fetch('PUT', create, { headers: { 'if-match': '*' }, body: 'x' })).status, 412);
  assert.equal(
    (await server.fetch('PUT', create, { headers: { 'if-none-match': '*' }, body: 'x' })).status,
    201,
  );
});

test('HEAD tells what GET would, without a body', async () => {
  const head = await server.fetch('HEAD', contentUrl(digits.id));
  const got = await server.fetch('GET', contentUrl(digits.id));
  for (const name of ['content-length', 'etag', 'content-type', 'last-modified', 'accept-ranges'])
    assert.equal(head.headers.get(name), got.headers.get(name), name);
  assert.deepEqual([head.status, (await head.arrayBuffer()).byteLength], [200, 0]);
  await got.arrayBuffer();
});

test('bytes come back as they went in, whatever their number', async () => {
  for (const size of [0, 1, 65_535, 65_536, 300_000, 40_000_000]) {
    const bytes = randomBytes(size);
    const file = await upload(client, folder.id, `size-${size}`, bytes);
    assert.deepEqual([file.size, file.sha256 ?? sha256(bytes)], [size, sha256(bytes)]);
    const back = await (await client.call('downloadContent', { params: { id: file.id } })).bytes();
    assert.equal(sha256(back), sha256(bytes), String(size));
    const dav = await server.fetch('GET', davUrl(`size-${size}`), {
      headers: { range: `bytes=${size >> 1}-` },
    });
    if (size > 0) assert.equal(sha256(await dav.bytes()), sha256(bytes.subarray(size >> 1)));
    else assert.equal(dav.status, 416);
  }
});

test('a stream of unknown length is stored whole; one that breaks off leaves nothing', async () => {
  const stream = (parts: number, fails: boolean): ReadableStream<Uint8Array> =>
    new ReadableStream({
      async pull(controller) {
        if (parts-- > 0) controller.enqueue(new Uint8Array(100_000));
        else if (fails) controller.error(new Error('cut'));
        else controller.close();
      },
    });
  const file = await upload(client, folder.id, 'streamed', stream(5, false));
  assert.equal(file.size, 500_000);
  await assert.rejects(upload(client, folder.id, 'broken', stream(5, true)));
  assert.ok(!(await names(client, folder.id)).includes('broken'));
});

test('a wrong checksum refuses the upload, and nothing of it stays', async () => {
  const put = (name: string, headers: Record<string, string>) =>
    server.fetch('PUT', `/api/v1/nodes/${folder.id}/children/${name}/content`, { headers, body: 'content' });
  const wrong = await put('sum.txt', { 'x-content-sha256': sha256('other') });
  assert.deepEqual(
    [wrong.status, ((await wrong.json()) as { code: string }).code],
    [422, 'checksum_mismatch'],
  );
  assert.ok(!(await names(client, folder.id)).includes('sum.txt'));
  assert.equal((await put('sum.txt', { 'x-content-sha256': 'nonsense' })).status, 400);
  assert.equal((await put('sum.txt', { 'x-content-sha256': sha256('content') })).status, 201);
  const digest = Buffer.from(sha256('content'), 'hex').toString('base64');
  assert.equal((await put('digest.txt', { 'repr-digest': `sha-256=:${digest}:` })).status, 201);
});

test('the time of the last change may be given, and is told', async () => {
  const modifiedAt = 1_600_000_000_000;
  const { id } = await client.call('uploadFile', {
    params: { id: folder.id, name: 'old.txt' },
    query: { modifiedAt },
    body: 'x',
  });
  assert.equal((await client.call('getNode', { params: { id } })).modifiedAt, modifiedAt);
  const [, , headers] = await get(contentUrl(id));
  assert.equal(headers.get('last-modified'), new Date(modifiedAt).toUTCString());
});

test('a page of somebody else cannot run in our name', async () => {
  const page = await upload(client, folder.id, 'page.html', '<script>alert(1)</script>');
  const image = await upload(client, folder.id, 'image.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  for (const { id } of [page, image]) {
    const [, , headers] = await get(contentUrl(id));
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    const attached = /attachment/.test(headers.get('content-disposition') ?? '');
    const sandboxed = /sandbox/.test(headers.get('content-security-policy') ?? '');
    assert.ok(attached || sandboxed, JSON.stringify([...headers]));
  }
  const download = await client.call('downloadContent', {
    params: { id: page.id },
    query: { download: true },
  });
  assert.match(download.headers.get('content-disposition') ?? '', /^attachment;.*page\.html/);
  await download.body?.cancel();
});

test('folders have no content, versions that are not there no bytes', async () => {
  await refused('conflict', client.call('downloadContent', { params: { id: folder.id } }));
  await refused('conflict', client.call('replaceContent', { params: { id: folder.id }, body: 'x' }));
  await refused(
    'not_found',
    client.call('downloadContent', { params: { id: digits.id }, query: { version: none } }),
  );
  assert.equal(await textOf(client, digits.id), '0123456789');
});
