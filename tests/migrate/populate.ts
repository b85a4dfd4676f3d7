/** Fills a node with one of everything that a migration has to carry over. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createClient } from '@volvox/client';
import type { ServerProcess } from '../harness/server-process.ts';
import { bulkBody, tusHeaders, uploadMetadata } from '../harness/wire.ts';

export const annaPassword = 'correct horse 2';

/** What people keep in their hands while the server moves. */
export interface Kept {
  readonly token: string;
  readonly appPassword: string;
  readonly cookie: string;
  /** Path of an upload that is not finished, and how much of it there is. */
  readonly upload: string;
  readonly uploadOffset: number;
}

const mebibyte = 1024 * 1024;
/** More than a page and a batch of the migration. */
const smallFiles = 1_200;
const hardNames = [
  'ä-nfc.txt'.normalize('NFC'),
  'ö-nfd.txt'.normalize('NFD'),
  '👩‍👩‍👧 family 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  `${'长'.repeat(85)}`,
  'a%2Fb & "c" \' <d> \\ #?;=+ .txt',
  ' blank at both ends ',
];

export async function populate(server: ServerProcess): Promise<Kept> {
  const { client } = server;
  await client.call('setSetting', { params: { key: 'contents.chunkMiB' }, body: { value: 1 } });
  await client.call('setSetting', { params: { key: 'branding.name' }, body: { value: 'Ääh 👩‍👩‍👧' } });
  const team = await client.call('createGroup', { body: { name: 'Team Größe' } });
  await client.call('createUser', {
    body: { login: 'anna', password: annaPassword, displayName: 'Anna 👩', groupId: team.id },
  });
  await client.call('createUser', { body: { login: 'gone', password: annaPassword } });
  const workspace = await client.call('createWorkspace', { body: { slug: 'files', name: 'Files' } });
  const put = async (path: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> => {
    const answer = await server.request('PUT', `/dav/files/${path}`, { body });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
  };
  const folder = await client.call('createFolder', {
    params: { id: workspace.rootId },
    body: { name: 'names' },
  });
  for (const name of hardNames) await put(`names/${encodeURIComponent(name)}`, `content of ${name}`);
  await put('empty', '');
  await put('large.bin', new Uint8Array(randomBytes(3 * mebibyte + 17)));
  for (const text of ['one', 'two', 'three']) await put('versions.txt', text);
  await client.call('createFolder', { params: { id: workspace.rootId }, body: { name: 'many' } });
  await fillMany(server, workspace.rootId);
  await client.call('setRule', {
    params: { id: folder.id, role: team.roleId },
    body: { allow: ['read'], deny: [] },
  });
  await properties(server);
  await trash(server, put);
  const upload = await beginUpload(server, workspace.rootId);
  const locked = await server.request('LOCK', '/dav/files/versions.txt', {
    headers: { timeout: 'Second-3600', 'content-type': 'application/xml' },
    body: '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>Ä</D:owner></D:lockinfo>',
  });
  assert.equal(locked.status, 200);
  return { ...upload, ...(await credentials(server.url)) };
}

async function fillMany(server: ServerProcess, rootId: string): Promise<void> {
  const files = Array.from({ length: smallFiles }, (_, i) => ({ path: `many/f${i}.txt`, text: `text ${i}` }));
  for (let at = 0; at < files.length; at += 300) {
    const answer = await server.request('POST', `/api/v1/nodes/${rootId}/bulk`, {
      headers: { 'content-type': 'application/x-volvox-bulk' },
      body: bulkBody(files.slice(at, at + 300)),
    });
    assert.ok(answer.ok, await answer.clone().text());
  }
}

async function properties(server: ServerProcess): Promise<void> {
  const answer = await server.request('PROPPATCH', '/dav/files/large.bin', {
    headers: { 'content-type': 'application/xml' },
    body: '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:ß"><D:set><D:prop><x:note>Dead ä 🚀</x:note></D:prop></D:set></D:propertyupdate>',
  });
  assert.equal(answer.status, 207);
}

async function trash(
  server: ServerProcess,
  put: (path: string, body: string) => Promise<void>,
): Promise<void> {
  await put('trashed.txt', 'in the trash');
  const answer = await server.request('DELETE', '/dav/files/trashed.txt');
  assert.equal(answer.status, 204);
}

async function beginUpload(
  server: ServerProcess,
  rootId: string,
): Promise<Pick<Kept, 'upload' | 'uploadOffset'>> {
  const bytes = new Uint8Array(randomBytes(mebibyte + 5));
  const made = await server.request('POST', '/api/v1/uploads', {
    headers: {
      ...tusHeaders,
      'upload-length': String(2 * bytes.length),
      'upload-metadata': uploadMetadata({ filename: 'slow.bin', parentId: rootId }),
    },
  });
  assert.equal(made.status, 201, await made.text());
  const upload = new URL(made.headers.get('location') ?? '', server.url).pathname;
  const sent = await server.request('PATCH', upload, {
    headers: { ...tusHeaders, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: bytes,
  });
  assert.equal(sent.status, 204, await sent.text());
  return { upload, uploadOffset: bytes.length };
}

async function credentials(url: string): Promise<Pick<Kept, 'token' | 'appPassword' | 'cookie'>> {
  const client = createClient({ baseUrl: url, auth: { kind: 'basic', login: 'anna', secret: annaPassword } });
  const token = await client.call('createToken', {
    body: { kind: 'access_token', label: 'Ä', scopes: ['files:read'] },
  });
  const app = await client.call('createToken', { body: { kind: 'app_password', label: 'dav' } });
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login: 'anna', password: annaPassword, remember: true }),
  });
  assert.equal(answer.status, 201);
  return {
    token: token.secret,
    appPassword: app.secret,
    cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '',
  };
}
