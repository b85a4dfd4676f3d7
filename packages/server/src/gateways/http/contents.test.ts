import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { isApiError } from '@volvox/client';
import { startTestNode, type TestNode } from '../testing/node.ts';
import { send } from './testing.ts';

let world: TestNode;
let root: string;
before(async () => {
  world = await startTestNode();
  root = await world.root('common');
});
after(() => world.close());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const put = (name: string, text: string, headers: Record<string, string> = {}, query = '') =>
  send(
    world.port,
    {
      method: 'PUT',
      path: `/api/v1/nodes/${root}/children/${encodeURIComponent(name)}/content${query}`,
      headers: { ...world.headers, ...headers },
    },
    text,
  );
const get = (id: string, headers: Record<string, string> = {}, query = '', method = 'GET') =>
  send(world.port, {
    method,
    path: `/api/v1/nodes/${id}/content${query}`,
    headers: { ...world.headers, ...headers },
  });
const idOf = (answer: Awaited<ReturnType<typeof put>>): string => String(answer.json()['id']);

test('a file goes in and comes out, whole, in part, and not at all where it is known', async () => {
  const made = await put('a.txt', 'hello world');
  assert.equal(made.status, 201);
  const id = idOf(made);
  const whole = await get(id);
  assert.deepEqual(
    [whole.status, whole.body.toString(), whole.headers.etag],
    [200, 'hello world', made.headers.etag],
  );
  const part = await get(id, { range: 'bytes=6-' });
  assert.deepEqual(
    [part.status, part.body.toString(), part.headers['content-range']],
    [206, 'world', 'bytes 6-10/11'],
  );
  assert.equal((await get(id, { range: 'bytes=6-', 'if-range': '"other"' })).status, 200);
  assert.equal((await get(id, { 'if-none-match': String(made.headers.etag) })).status, 304);
  const past = await get(id, { range: 'bytes=11-' });
  assert.deepEqual(
    [past.status, past.headers['content-range'], past.json()['code']],
    [416, 'bytes */11', 'range_not_satisfiable'],
  );
  const head = await get(id, {}, '', 'HEAD');
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '11', 0]);
  const digest = await get(id, { 'want-repr-digest': 'sha-256=1' });
  assert.equal(
    digest.headers['repr-digest'],
    `sha-256=:${Buffer.from(sha256('hello world'), 'hex').toString('base64')}:`,
  );
});

test('conditions of an upload hold inside its transaction', async () => {
  const made = await put('cond.txt', 'one', { 'if-none-match': '*' });
  assert.equal(made.status, 201);
  assert.equal((await put('cond.txt', 'two', { 'if-none-match': '*' }, '?conflict=replace')).status, 412);
  assert.equal((await put('cond.txt', 'two', { 'if-match': '"stale"' })).status, 412);
  const next = await put('cond.txt', 'two', { 'if-match': String(made.headers.etag) });
  assert.equal(next.status, 200);
  const racing = await Promise.all(
    ['three', 'four', 'five'].map((text) => put('cond.txt', text, { 'if-match': String(next.headers.etag) })),
  );
  assert.deepEqual(racing.map((one) => one.status).sort(), [200, 412, 412]);
  assert.equal((await put('cond.txt', 'x')).status, 409);
  assert.notEqual((await put('cond.txt', 'x', {}, '?conflict=keep_both')).json()['name'], 'cond.txt');
});

test('stated hashes are checked and nothing is kept where they differ', async () => {
  const digest = `sha-256=:${createHash('sha256').update('good').digest('base64')}:`;
  for (const headers of [
    { 'x-content-sha256': sha256('good') },
    { 'content-digest': `md5=:x:, ${digest}` },
    { 'repr-digest': digest },
  ] as Record<string, string>[]) {
    const bad = await put('sum.txt', 'evil', headers, '?conflict=replace');
    assert.deepEqual([bad.status, bad.json()['code']], [422, 'checksum_mismatch']);
    await assert.rejects(
      world.client.call('lookupNode', { query: { path: '/common/sum.txt' } }),
      (e: unknown) => isApiError(e, 'not_found'),
    );
  }
  assert.equal((await put('sum.txt', 'good', { 'content-digest': digest })).status, 201);
  assert.equal((await put('sum2.txt', 'good', { 'x-content-sha256': 'abc' })).status, 400);
  assert.equal((await put('sum2.txt', 'good', { 'content-encoding': 'gzip' })).status, 415);
  assert.equal((await put('sum2.txt', 'good', { 'content-range': 'bytes 0-3/9' })).status, 400);
});

test('an upload that breaks off leaves nothing behind', async () => {
  await new Promise<void>((resolve) => {
    const head = `PUT /api/v1/nodes/${root}/children/broken.bin/content HTTP/1.1\r\nHost: a\r\nAuthorization: ${world.headers['authorization']}\r\nContent-Length: 1000000\r\n\r\n`;
    const socket = connect(world.port, '127.0.0.1', () =>
      socket.write(head + 'x'.repeat(300_000), () => socket.destroy()),
    );
    socket.on('close', () => resolve());
  });
  const again = await put('broken.bin', 'whole');
  assert.equal(again.status, 201, 'the name is free');
});

test('old versions come back, by number and for good', async () => {
  const made = await put('v.txt', 'one');
  const id = idOf(made);
  await put('v.txt', 'two', {}, '?conflict=replace');
  const { items } = await world.client.call('listVersions', { params: { id } });
  assert.deepEqual(
    items.map((version) => version.current),
    [true, false],
  );
  const old = items[1]?.id ?? '';
  const shown = await get(id, {}, `?version=${old}`);
  assert.deepEqual(
    [shown.body.toString(), shown.headers.etag === made.headers.etag || shown.headers.etag !== undefined],
    ['one', true],
  );
  await world.client.call('restoreVersion', { params: { id, version: old } });
  assert.equal((await get(id)).body.toString(), 'one');
  assert.equal((await get(id, {}, `?version=${root}`)).status, 404);
});

test('what people upload does not run in the application, whatever its name says', async () => {
  const evil = '<script>fetch("/api/v1/session")</script>';
  for (const name of ['x.html', 'x.svg', 'x.xhtml', 'x.xml', 'x.js', 'x.HTM']) {
    const { headers } = await get(idOf(await put(name, evil)));
    assert.match(String(headers['content-security-policy']), /^sandbox/, name);
    assert.match(String(headers['content-disposition']), /^attachment/, name);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
  const plain = await get(idOf(await put('x.txt', evil)));
  assert.match(String(plain.headers['content-type']), /^text\/plain/);
  const image = await get(idOf(await put('x.png', evil)), {}, '?download=true');
  assert.match(String(image.headers['content-disposition']), /^attachment/);
});

test('no file name breaks out of a header or an address', async () => {
  for (const name of [
    'a"b.txt',
    "a';b.txt",
    'ä€😀.txt',
    'a%0d%0aX: y.txt',
    'a\\..\\b',
    '..a',
    '-rf',
    '%2e%2e',
  ]) {
    const made = await put(name, 'x');
    assert.equal(made.status, 201, name);
    assert.equal(made.json()['name'], name);
    const { headers } = await get(idOf(made), {}, '?download=true');
    assert.equal(headers['x'], undefined);
    assert.match(
      String(headers['content-disposition']),
      /^attachment; filename="[^"\\]*"(?:; filename\*=UTF-8''[\w%!#$&+.^`|~-]+)?$/,
    );
  }
  for (const name of ['a/b', '..', '.', 'a\nb', 'a\u0000b', 'x'.repeat(256)]) {
    assert.ok([400, 404].includes((await put(name, 'x')).status), JSON.stringify(name));
  }
});

test('a zip has the length it says, every file, and safe names', async () => {
  const folder = (await world.client.call('createFolder', { params: { id: root }, body: { name: 'zip me' } }))
    .id;
  await world.client.call('createFolder', { params: { id: folder }, body: { name: 'empty' } });
  for (const [name, text] of [
    ['é.txt', 'hello'],
    ['a\\b.txt', 'x'],
    ['none', ''],
  ] as const) {
    await world.client.call('uploadFile', { params: { id: folder, name }, body: text });
  }
  const single = idOf(await put('single.txt', 'one'));
  const path = `/api/v1/zip?ids=${folder},${single}&name=x%22y`;
  const head = await send(world.port, { method: 'HEAD', path, headers: world.headers });
  const zip = await send(world.port, { path, headers: world.headers });
  assert.equal(zip.status, 200);
  assert.deepEqual(
    [head.headers['content-length'], zip.headers['content-length']],
    [String(zip.body.length), String(zip.body.length)],
  );
  for (const name of [
    'zip me/',
    'zip me/empty/',
    'zip me/é.txt',
    'zip me/a_b.txt',
    'zip me/none',
    'single.txt',
  ])
    assert.ok(zip.body.includes(name), name);
  assert.equal((await send(world.port, { path: '/api/v1/zip?ids=x', headers: world.headers })).status, 400);
  const stranger = await world.user('zoe');
  const mine = await world.root('personal');
  assert.equal((await send(world.port, { path: `/api/v1/zip?ids=${mine}`, headers: stranger })).status, 404);
});

test('many small files go in by one request, a result each', async () => {
  const frame = (path: string, text: string, extra: object = {}): Buffer => {
    const header = Buffer.from(JSON.stringify({ path, size: Buffer.byteLength(text), ...extra }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(header.length);
    return Buffer.concat([length, header, Buffer.from(text)]);
  };
  const files = Array.from({ length: 300 }, (_, n) => frame(`bulk/d${n % 7}/f${n}.txt`, `text ${n}`));
  const body = Buffer.concat([
    ...files,
    frame('bulk/bad', 'x', { sha256: sha256('y') }),
    frame('bulk/../x', 'x'),
  ]);
  const { results } = await world.client.call('bulkUpload', { params: { id: root }, query: {}, body });
  assert.equal(results.length, 302);
  assert.ok(results.slice(0, 300).every((result) => result.ok));
  assert.deepEqual(
    results.slice(300).map((result) => result.code),
    ['checksum_mismatch', 'invalid_input'],
  );
  const node = await world.client.call('lookupNode', { query: { path: '/common/bulk/d6/f6.txt' } });
  assert.equal((await get(node.id)).body.toString(), 'text 6');
});

test('a stranger sees neither nodes nor changes of a personal workspace', async () => {
  const stranger = await world.user('eve');
  const mine = await world.root('personal');
  const made = await world.client.call('uploadFile', {
    params: { id: mine, name: 'diary.txt' },
    body: 'secret',
  });
  for (const path of [
    `/api/v1/nodes/${made.id}`,
    `/api/v1/nodes/${made.id}/content`,
    `/api/v1/nodes/${mine}/children`,
  ]) {
    assert.equal((await send(world.port, { path, headers: stranger })).status, 404, path);
  }
  const changes = await send(world.port, { path: '/api/v1/changes?after=0&limit=1000', headers: stranger });
  assert.ok(!changes.body.includes('diary') && !changes.body.includes(made.id));
  const own = await world.client.call('listChanges', { query: { after: 0, limit: 1000 } });
  assert.ok(own.items.some((change) => change.nodeId === made.id));
});

test('a change is streamed to whoever may see it', async () => {
  const aborter = new AbortController();
  const seen = (async () => {
    for await (const event of world.client.events({
      signal: aborter.signal,
      after: (await world.client.call('listChanges')).head,
    })) {
      if (event.kind === 'change' && JSON.stringify(event.change.after).includes('streamed.txt'))
        return event.change.kind;
    }
    return null;
  })();
  await put('streamed.txt', 'x');
  assert.equal(await seen, 'node.created');
  aborter.abort();
});
