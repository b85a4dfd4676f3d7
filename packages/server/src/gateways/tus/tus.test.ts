import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { send, type Answer } from '../http/testing.ts';
import { startTestNode, type TestNode } from '../testing/node.ts';

let world: TestNode;
before(async () => {
  world = await startTestNode();
});
after(() => world.close());

const base = '/api/v1/uploads';
const octets = { 'content-type': 'application/offset+octet-stream' };
const meta = (values: Record<string, string>): Record<string, string> => ({
  'upload-metadata': Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(','),
});

function tus(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return send(
    world.port,
    { method, path, headers: { ...world.headers, 'tus-resumable': '1.0.0', ...headers } },
    body,
  );
}

async function create(name: string, length: number, values: Record<string, string> = {}): Promise<string> {
  const made = await tus('POST', base, {
    'upload-length': String(length),
    ...meta({ filename: name, ...values }),
  });
  assert.equal(made.status, 201, made.body.toString());
  return String(made.headers.location);
}

const patch = (url: string, offset: number, text: string, headers: Record<string, string> = {}) =>
  tus('PATCH', url, { ...octets, 'upload-offset': String(offset), ...headers }, text);
const offsetOf = async (url: string): Promise<string> =>
  String((await tus('HEAD', url)).headers['upload-offset']);
const at = async (path: string): Promise<string> =>
  (await world.client.call('lookupNode', { query: { path } })).id;

test('tells what it offers before anybody signs in', async () => {
  const { status, headers } = await send(world.port, { method: 'OPTIONS', path: base });
  assert.equal(status, 204);
  assert.match(String(headers['tus-extension']), /checksum.*concatenation/);
  assert.deepEqual([headers['tus-version'], headers['tus-checksum-algorithm']], ['1.0.0', 'sha1,sha256,md5']);
});

test('lands in the personal workspace, in a folder by path or id, or in folders of its own', async () => {
  const common = await world.root('common');
  const targets: [string, Record<string, string>, string][] = [
    ['a.txt', {}, '/personal/a.txt'],
    ['b.txt', { path: '/common' }, '/common/b.txt'],
    ['c.txt', { parentId: common, relativePath: 'x/y/c.txt' }, '/common/x/y/c.txt'],
    ['d.txt', { path: '/common/x/y/' }, '/common/x/y/d.txt'],
  ];
  for (const [name, values, path] of targets) {
    const url = await create(name, 2, values);
    const done = await patch(url, 0, 'hi');
    assert.equal(done.status, 204);
    assert.equal(done.headers['volvox-node-id'], await at(path));
    const shown = await tus('GET', url);
    assert.deepEqual(
      [shown.body.toString(), shown.headers['content-disposition']],
      ['hi', `attachment; filename="${name}"`],
    );
  }
});

test('a name that is taken gets a number, unless told otherwise', async () => {
  const url = await create('twice.txt', 1, { path: '/common' });
  await patch(url, 0, 'a');
  await patch(await create('twice.txt', 1, { path: '/common' }), 0, 'b');
  const { items } = await world.client.call('listChildren', {
    params: { id: await world.root('common') },
    query: { name: 'twice' },
  });
  assert.equal(items.length, 2);
  const refused = await tus('POST', base, {
    'upload-length': '1',
    ...meta({ filename: 'twice.txt', path: '/common', conflict: 'fail' }),
  });
  assert.equal(refused.status, 409);
  await patch(await create('twice.txt', 1, { path: '/common', conflict: 'replace' }), 0, 'c');
  assert.equal(
    (await world.client.call('listVersions', { params: { id: await at('/common/twice.txt') } })).items.length,
    2,
  );
});

test('refuses what tus refuses', async () => {
  const status = async (headers: Record<string, string>) => (await tus('POST', base, headers)).status;
  const named = meta({ filename: 'x' });
  assert.equal(
    (
      await send(world.port, {
        method: 'POST',
        path: base,
        headers: { ...world.headers, 'upload-length': '1', ...named },
      })
    ).status,
    412,
  );
  assert.equal(await status({ 'upload-length': '1' }), 400, 'no filename');
  assert.equal(await status({ 'upload-length': '1', 'upload-defer-length': '1', ...named }), 400);
  assert.equal(await status({ 'upload-defer-length': '2', ...named }), 400);
  assert.equal(await status({ 'upload-length': '1.5', ...named }), 400);
  assert.equal(await status({ 'upload-length': '99999999999999999999', ...named }), 413);
  assert.equal(await status({ 'upload-length': '1', 'upload-metadata': 'filename a,filename b' }), 400);
  assert.equal(await status({ 'upload-length': '1', ...meta({ filename: 'x', conflict: 'destroy' }) }), 400);
  assert.equal(await status({ 'upload-length': '1', ...meta({ filename: '../x' }) }), 400);
  assert.equal(
    await status({ 'upload-length': '1', ...meta({ filename: 'x', relativePath: '../../x/y' }) }),
    400,
  );
  assert.equal(await status({ 'upload-concat': 'final;', ...named }), 400);
  const url = await create('r.txt', 3);
  assert.equal(
    (await tus('PATCH', url, { 'upload-offset': '0', 'content-type': 'text/plain' }, 'abc')).status,
    415,
  );
  assert.equal((await patch(url, 1, 'abc')).status, 409);
  assert.equal((await patch(url, 0, 'abcd')).status, 413);
  assert.equal((await patch(url, 0, 'abc', { 'upload-checksum': 'crc32 AAAA' })).status, 400);
  const wrong = await patch(url, 0, 'abc', {
    'upload-checksum': `md5 ${createHash('md5').update('x').digest('base64')}`,
  });
  assert.deepEqual(
    [wrong.status, wrong.json()['code'], await offsetOf(url)],
    [460, 'checksum_mismatch', '0'],
  );
  assert.equal((await tus('PUT', url)).status, 405);
  assert.equal((await tus('GET', url)).status, 404, 'not complete');
  assert.equal((await tus('HEAD', `${base}/..%2f..%2fx`)).status, 404);
});

test('takes data with the creation, a length that comes late, and parts that are joined', async () => {
  const made = await tus(
    'POST',
    base,
    { ...octets, 'upload-length': '5', ...meta({ filename: 'with.txt' }) },
    'hel',
  );
  assert.deepEqual([made.status, made.headers['upload-offset']], [201, '3']);
  assert.equal((await patch(String(made.headers.location), 3, 'lo')).status, 204);
  const late = await tus('POST', base, { 'upload-defer-length': '1', ...meta({ filename: 'late.txt' }) });
  const url = String(late.headers.location);
  assert.equal((await tus('HEAD', url)).headers['upload-defer-length'], '1');
  await patch(url, 0, 'abc');
  assert.ok((await patch(url, 3, 'de', { 'upload-length': '5' })).headers['volvox-node-id']);
  const part = async (text: string): Promise<string> => {
    const one = await tus('POST', base, { 'upload-concat': 'partial', 'upload-length': String(text.length) });
    await patch(String(one.headers.location), 0, text);
    return String(one.headers.location);
  };
  const [first, second] = [await part('one '), await part('two')];
  const joined = await tus('POST', base, {
    'upload-concat': `final;${first} http://other.example${second}`,
    ...meta({ filename: 'joined.txt' }),
  });
  assert.deepEqual([joined.status, joined.headers['upload-offset']], [201, '7']);
  assert.equal((await tus('GET', String(joined.headers.location))).body.toString(), 'one two');
});

test('a line that is cut keeps what came, told at once', async () => {
  const url = await create('cut.bin', 1_000_000);
  const head = `PATCH ${url} HTTP/1.1\r\nHost: a\r\nAuthorization: ${world.headers['authorization']}\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: 1000000\r\n\r\n`;
  await new Promise<void>((resolve) => {
    const socket = connect(world.port, '127.0.0.1', () =>
      socket.write(head + 'x'.repeat(400_000), () => socket.destroy()),
    );
    socket.on('close', () => resolve());
  });
  const deadline = Date.now() + 10_000;
  let kept = 0;
  while (kept === 0 && Date.now() < deadline) kept = Number(await offsetOf(url));
  assert.ok(kept > 0 && kept <= 400_000, `${kept}`);
  assert.equal((await patch(url, kept, 'x'.repeat(1_000_000 - kept))).status, 204);
  assert.equal((await tus('GET', url)).body.length, 1_000_000);
});

test('belongs to its user, and a page of another site can not use the session', async () => {
  const url = await create('mine.txt', 3);
  const other = await world.user('mallory');
  for (const method of ['HEAD', 'PATCH', 'DELETE', 'GET']) {
    const answer = await tus(
      method,
      url,
      { ...other, ...octets, 'upload-offset': '0' },
      method === 'PATCH' ? 'abc' : undefined,
    );
    assert.equal(answer.status, 404, method);
  }
  assert.equal(
    (await send(world.port, { method: 'HEAD', path: url, headers: { 'tus-resumable': '1.0.0' } })).status,
    401,
  );
  assert.equal(
    (
      await tus('POST', base, {
        'upload-length': '1',
        ...meta({ filename: 'x' }),
        'sec-fetch-site': 'cross-site',
      })
    ).status,
    403,
  );
  assert.equal((await tus('DELETE', url)).status, 204);
  assert.equal((await tus('HEAD', url)).status, 404);
});
