import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import {
  admin,
  asUser,
  eventually,
  makeTestFolder,
  makeUser,
  names,
  sha256,
  startServer,
  textOf,
} from './harness.ts';
import { locationOf, TusClient } from './tus.ts';

const server = await startServer();
const client = server.client();
const tus = new TusClient(server);
const folder = await makeTestFolder(client);
const into = { path: `/common/${folder.name}` };
const lookup = (name: string) => client.call('lookupNode', { query: { path: `${into.path}/${name}` } });

/** Sends the bytes of an append whose stated length is greater, and then cuts the line. */
async function cutAfter(location: string, bytes: Uint8Array): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const basic = Buffer.from(`${admin.login}:${admin.password}`).toString('base64');
  socket.write(
    `PATCH ${location} HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${basic}\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n` +
      `content-type: application/offset+octet-stream\r\ncontent-length: ${bytes.length * 2}\r\n\r\n`,
  );
  socket.end(bytes);
  for await (const _ of socket);
}

test('tells what it offers to anybody who asks', async () => {
  const answer = await server.fetch('OPTIONS', '/api/v1/uploads', { as: { kind: 'session' } });
  assert.equal(answer.headers.get('tus-version'), '1.0.0');
  const extensions = (answer.headers.get('tus-extension') ?? '').split(',');
  for (const name of ['creation', 'expiration', 'checksum', 'termination', 'concatenation'])
    assert.ok(extensions.includes(name), name);
});

test('a cut upload goes on where it was cut, and becomes a file only when it is whole', async () => {
  const bytes = randomBytes(3_000_000);
  const created = await tus.create(
    { filename: 'resumed.bin', ...into },
    { 'upload-length': String(bytes.length) },
  );
  assert.equal(created.status, 201);
  const location = locationOf(created);
  await cutAfter(location, bytes.subarray(0, 1_000_000));
  const offset = await eventually(
    'what came before the cut is kept',
    async () => (await tus.offset(location)) || null,
  );
  assert.ok(offset > 0 && offset <= 1_000_000, String(offset));
  assert.deepEqual(await names(client, folder.id), []);
  const rest = await tus.append(location, offset, bytes.subarray(offset));
  assert.deepEqual([rest.status, rest.headers.get('upload-offset')], [204, String(bytes.length)]);
  const back = await client.call('downloadContent', { params: { id: (await lookup('resumed.bin')).id } });
  assert.equal(sha256(await back.bytes()), sha256(bytes));
});

test('an upload survives a restart of the server', async () => {
  const first = await startServer();
  const before = new TusClient(first);
  const created = await before.create({ filename: 'kept.txt', path: '/common' }, { 'upload-length': '10' });
  const location = locationOf(created);
  assert.equal((await before.append(location, 0, '01234')).status, 204);
  await first.stop();
  const second = await startServer({ data: first.data });
  const after = new TusClient(second);
  assert.equal(await after.offset(location), 5);
  assert.equal((await after.append(location, 5, '56789')).status, 204);
  const file = await second.client().call('lookupNode', { query: { path: '/common/kept.txt' } });
  assert.equal(await textOf(second.client(), file.id), '0123456789');
});

test('refuses a wrong offset, a wrong type, a wrong version and more than was announced', async () => {
  const location = locationOf(await tus.create({ filename: 'strict', ...into }, { 'upload-length': '5' }));
  assert.equal((await tus.append(location, 3, 'xx')).status, 409);
  assert.equal((await tus.append(location, 0, 'xx', { 'content-type': 'text/plain' })).status, 415);
  assert.equal((await tus.append(location, 0, 'xx', { 'tus-resumable': '0.2.2' })).status, 412);
  assert.equal((await tus.append(location, 0, '1234567890')).status, 413);
  assert.equal(await tus.offset(location), 0);
  assert.equal((await tus.create({ filename: 'x', ...into }, {})).status, 400);
  assert.equal((await tus.create({ filename: 'x', ...into }, { 'upload-length': '-1' })).status, 400);
  assert.equal((await tus.create({ ...into }, { 'upload-length': '1' })).status, 400);
  assert.equal((await tus.create({ filename: '../x', ...into }, { 'upload-length': '1' })).status, 400);
  assert.equal((await tus.create({ filename: 'x', path: '/nowhere' }, { 'upload-length': '1' })).status, 404);
  assert.equal((await tus.create({ filename: 'x', parentId: 'y' }, { 'upload-length': '1' })).status, 400);
});

test('a wrong checksum keeps nothing of that piece', async () => {
  const location = locationOf(await tus.create({ filename: 'summed', ...into }, { 'upload-length': '5' }));
  const sum = (text: string): string => `sha1 ${createHash('sha1').update(text).digest('base64')}`;
  assert.equal((await tus.append(location, 0, 'hello', { 'upload-checksum': sum('other') })).status, 460);
  assert.equal(await tus.offset(location), 0);
  assert.equal((await tus.append(location, 0, 'hello', { 'upload-checksum': sum('hello') })).status, 204);
});

test('an upload is its maker’s alone, and gone once it is ended', async () => {
  await makeUser(server, 'anna');
  const location = locationOf(await tus.create({ filename: 'mine', ...into }, { 'upload-length': '5' }));
  const anna = new TusClient(server, asUser('anna'));
  assert.equal(await anna.offset(location), -404);
  assert.equal((await anna.append(location, 0, 'hello')).status, 404);
  assert.equal((await anna.send('DELETE', location)).status, 404);
  assert.equal((await tus.send('DELETE', location)).status, 204);
  assert.ok([-404, -410].includes(await tus.offset(location)));
});

test('uploads of one name at once are all kept', async () => {
  const locations = await Promise.all(
    [1, 2, 3].map(async () =>
      locationOf(await tus.create({ filename: 'same.txt', ...into }, { 'upload-length': '1' })),
    ),
  );
  const answers = await Promise.all(locations.map((location, i) => tus.append(location, 0, String(i))));
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [204, 204, 204],
  );
  const kept = (await names(client, folder.id)).filter((name) => name.startsWith('same'));
  assert.deepEqual(kept.sort(), ['same (2).txt', 'same (3).txt', 'same.txt']);
});

test('joins parts, makes the folders of a dropped tree, takes data with the creation', async () => {
  const part = async (text: string): Promise<string> => {
    const created = await tus.create(
      {},
      { 'upload-length': String(text.length), 'upload-concat': 'partial' },
    );
    await tus.append(locationOf(created), 0, text);
    return locationOf(created);
  };
  const parts = [await part('one '), await part('two')];
  const final = await tus.create(
    { filename: 'joined.txt', relativePath: 'dropped/deep/joined.txt', ...into },
    { 'upload-concat': `final;${parts.join(' ')}` },
  );
  assert.equal(final.status, 201);
  assert.equal(await textOf(client, (await lookup('dropped/deep/joined.txt')).id), 'one two');
  const metadata = `filename ${btoa('at once.txt')},path ${btoa(into.path)}`;
  const atOnce = await tus.send(
    'POST',
    '/api/v1/uploads',
    {
      'upload-length': '3',
      'upload-metadata': metadata,
      'content-type': 'application/offset+octet-stream',
    },
    'now',
  );
  assert.deepEqual([atOnce.status, atOnce.headers.get('upload-offset')], [201, '3']);
  assert.equal(await textOf(client, (await lookup('at once.txt')).id), 'now');
});
