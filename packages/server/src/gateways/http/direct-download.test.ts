/** Downloads that are sent on to the blob store: whose URL is worth a content, so who gets one and for what matters. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { AppError } from '../../kernel/errors.ts';
import type { Located } from '../../services/tree/api.ts';
import { anyId, fakeServices, send, startTestServer, type TestServer } from './testing.ts';

const hidden = anyId.replace(/1$/, '2');
const location = 'https://s3.example/bucket/ab/key?X-Amz-Signature=0';
const file = {
  workspace: { id: anyId },
  node: {
    id: anyId,
    name: 'page.html',
    kind: 'file',
    size: 5,
    versionId: anyId,
    sha256: null,
    etag: '"e"',
    modifiedAt: 0,
  },
} as unknown as Located;

let server: TestServer;
let asked: (readonly [string, unknown])[];
before(async () => {
  const services = fakeServices({
    tree: {
      locate: (_context, id) =>
        id === anyId ? Promise.resolve(file) : Promise.reject(new AppError('not_found', 'no such node')),
      versions: () => Promise.resolve({ items: [], next: null }),
    },
    contents: {
      directUrl: (versionId, headers) => {
        asked.push([versionId, headers]);
        return Promise.resolve(new URL(location));
      },
      small: () => Promise.resolve(Buffer.from('bytes')),
    },
  });
  server = await startTestServer(services);
});
beforeEach(() => (asked = []));
after(() => server.close());

const get = (id: string, query = '?download=true', headers: Record<string, string> = {}, method = 'GET') =>
  send(server.port, {
    method,
    path: `/api/v1/nodes/${id}/content${query}`,
    headers: { authorization: 'Bearer read-token', ...headers },
  });

test('a download is sent on, as an attachment of a type that we choose, and nobody keeps the answer', async () => {
  const answer = await get(anyId);
  assert.deepEqual(
    [answer.status, answer.headers.location, answer.headers['cache-control'], answer.body.length],
    [302, location, 'no-store', 0],
  );
  const [[versionId, headers] = []] = asked;
  assert.equal(versionId, anyId);
  const { contentType, disposition } = headers as { contentType: string; disposition: string };
  assert.match(contentType, /^text\/html/);
  assert.match(disposition, /^attachment;/);
});

test('no URL is made for who is not signed in, may not see the file, has it already, or asks for another file’s version', async () => {
  assert.equal((await get(anyId, '?download=true', { authorization: '' })).status, 401);
  assert.equal((await get(hidden)).status, 404);
  assert.equal((await get(anyId, `?download=true&version=${hidden}`)).status, 404);
  assert.equal((await get(anyId, '?download=true', { 'if-none-match': '"e"' })).status, 304);
  assert.deepEqual(asked, []);
});

test('what pages show, and HEAD, comes from our own origin', async () => {
  assert.equal((await get(anyId, '')).status, 200);
  assert.equal((await get(anyId, '?download=true', {}, 'HEAD')).status, 200);
  assert.deepEqual(asked, []);
});
