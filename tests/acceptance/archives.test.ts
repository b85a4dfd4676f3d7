/** Many files in one request: the zip that comes out, the bulk upload that goes in. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { bulkBody, frame } from './bulk-body.ts';
import {
  makeFolder,
  makeTestFolder,
  names,
  none,
  refused,
  sha256,
  startServer,
  textOf,
  upload,
} from './harness.ts';

const server = await startServer();
const client = server.client();

/** What another program thinks of our archives counts; where there is none, the tests say so. */
const skip = spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is not installed';

/** name -> SHA-256 of each entry, read by Python's zipfile after it has tested every checksum. */
async function readZip(bytes: Uint8Array): Promise<Record<string, string>> {
  const file = path.join(await makeFolder(), 'a.zip');
  await writeFile(file, bytes);
  const script = `
import zipfile, hashlib, json, sys
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    print(json.dumps({i.filename: hashlib.sha256(z.read(i)).hexdigest() for i in z.infolist()}))`;
  const { stdout } = await promisify(execFile)('python3', ['-c', script, file]);
  return JSON.parse(stdout) as Record<string, string>;
}

test('folders come as one zip whose length is told beforehand', { skip }, async () => {
  const top = await makeTestFolder(client);
  const inner = await client.call('createFolder', { params: { id: top.id }, body: { name: 'Ünter ordner' } });
  await client.call('createFolder', { params: { id: top.id }, body: { name: 'empty' } });
  await upload(client, inner.id, '日本語.txt', 'unicode');
  await upload(client, top.id, 'big.bin', new Uint8Array(3_000_000).fill(7));
  await upload(client, top.id, 'empty.txt', '');
  const answer = await client.call('downloadZip', { query: { ids: top.id, name: 'my files' } });
  const bytes = await answer.bytes();
  assert.equal(Number(answer.headers.get('content-length')), bytes.length);
  assert.match(answer.headers.get('content-disposition') ?? '', /my(%20| )files\.zip/);
  assert.equal(answer.headers.get('content-type'), 'application/zip');
  assert.deepEqual(await readZip(bytes), {
    [`${top.name}/`]: sha256(''),
    [`${top.name}/Ünter ordner/`]: sha256(''),
    [`${top.name}/Ünter ordner/日本語.txt`]: sha256('unicode'),
    [`${top.name}/big.bin`]: sha256(new Uint8Array(3_000_000).fill(7)),
    [`${top.name}/empty/`]: sha256(''),
    [`${top.name}/empty.txt`]: sha256(''),
  });
});

test('two of the same name in one zip get a number', { skip }, async () => {
  const [one, two] = [await makeTestFolder(client), await makeTestFolder(client)];
  const [a, b] = [await upload(client, one.id, 'n.txt', 'one'), await upload(client, two.id, 'n.txt', 'two')];
  const answer = await client.call('downloadZip', { query: { ids: `${a.id},${b.id}` } });
  const entries = await readZip(await answer.bytes());
  assert.deepEqual(Object.values(entries).sort(), [sha256('one'), sha256('two')].sort());
  await refused('not_found', client.call('downloadZip', { query: { ids: `${a.id},${none}` } }));
  await refused('invalid_input', client.call('downloadZip', { query: { ids: 'nonsense' } }));
});

test('1,000 small files go up in one request, their folders are made', async () => {
  const { id } = await makeTestFolder(client);
  const files = Array.from({ length: 1000 }, (_, i) => ({
    path: `dir ${i % 10}/deep/file-${i}.txt`,
    content: `content ${i}`,
    sha256: sha256(`content ${i}`),
    modifiedAt: 1_500_000_000_000 + i * 1000,
  }));
  const { results } = await client.call('bulkUpload', { params: { id }, body: bulkBody(files) });
  assert.deepEqual(
    results.map((result) => [result.path, result.ok]),
    files.map((file) => [file.path, true]),
  );
  assert.equal((await names(client, id)).length, 10);
  const node = await client.call('getNode', { params: { id: results[999]?.nodeId ?? '' } });
  assert.deepEqual([node.name, node.modifiedAt], ['file-999.txt', 1_500_000_999_000]);
  assert.equal(await textOf(client, results[123]?.nodeId ?? ''), 'content 123');
  assert.equal((await client.call('getNode', { params: { id } })).files, 1000);
});

test('of a bulk upload each file is answered for; one that fails does not hurt the others', async () => {
  const { id } = await makeTestFolder(client);
  await upload(client, id, 'taken', 'old');
  const body = bulkBody([
    { path: 'good', content: '1' },
    { path: 'taken', content: '2' },
    { path: '../escape', content: '3' },
    { path: 'sum', content: '4', sha256: sha256('other') },
    { path: '/absolute', content: '5' },
    { path: 'a/../b', content: '6' },
    { path: 'nul\0', content: '7' },
    { path: 'also good', content: '8' },
  ]);
  const { results } = await client.call('bulkUpload', { params: { id }, body });
  assert.deepEqual(
    results.map((result) => (result.ok ? 'ok' : result.code)),
    [
      'ok',
      'conflict',
      'invalid_input',
      'checksum_mismatch',
      'invalid_input',
      'invalid_input',
      'invalid_input',
      'ok',
    ],
  );
  const again = await client.call('bulkUpload', {
    params: { id },
    query: { conflict: 'replace' },
    body: bulkBody([{ path: 'taken', content: 'new' }]),
  });
  assert.equal(await textOf(client, again.results[0]?.nodeId ?? ''), 'new');
  assert.deepEqual(await names(client, id), ['also good', 'good', 'taken']);
});

test('a bulk body that breaks its format ends with a failure, after what came before it', async () => {
  const { id } = await makeTestFolder(client);
  const good = bulkBody([{ path: 'good', content: '1' }]);
  const endings = [
    frame('not json', Buffer.from('x')),
    frame({ path: 'short', size: 100 }, Buffer.from('x')),
  ];
  for (const ending of endings) {
    const body = new Uint8Array(Buffer.concat([good, ...ending]));
    const { results } = await client.call('bulkUpload', {
      params: { id },
      query: { conflict: 'replace' },
      body,
    });
    assert.deepEqual([results[0]?.ok, results.at(-1)?.ok], [true, false]);
  }
  assert.deepEqual(await names(client, id), ['good']);
});
