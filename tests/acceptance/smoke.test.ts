/** The profile that takes seconds: one way through everything that a person does on the first day. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asUser, davPath, eventually, makeUser, names, startServer, upload, workspaceOf } from './harness.ts';

const server = await startServer();
const client = server.client();

test('says that it is alive and ready, with the state of each store', async () => {
  assert.equal((await server.fetch('GET', '/healthz', { as: { kind: 'session' } })).status, 200);
  const ready = await server.fetch('GET', '/readyz', { as: { kind: 'session' } });
  assert.equal(ready.status, 200);
  const { stores } = (await ready.json()) as { stores: { kind: string; ok: boolean }[] };
  assert.deepEqual(
    stores.map((store) => [store.kind, store.ok]),
    ['config', 'vault', 'registry', 'broker', 'cache', 'sql', 'documents', 'blobs'].map((kind) => [
      kind,
      true,
    ]),
  );
});

test('has the workspaces personal and common after set-up', async () => {
  const { items } = await client.call('listWorkspaces');
  assert.deepEqual(
    items.map((workspace) => [workspace.slug, workspace.kind]),
    [
      ['personal', 'personal'],
      ['common', 'common'],
    ],
  );
});

test('shows on every door what came in through one', async () => {
  const { rootId } = await workspaceOf(client, 'common');
  const folder = await client.call('createFolder', { params: { id: rootId }, body: { name: 'smoke' } });
  const file = await upload(client, folder.id, 'über uns.txt', 'by REST');
  const got = await server.fetch('GET', davPath('common', 'smoke', 'über uns.txt'));
  assert.equal(await got.text(), 'by REST');
  assert.equal(got.headers.get('etag'), file.etag);
  const put = await server.fetch('PUT', davPath('common', 'smoke', 'dav.txt'), { body: 'by WebDAV' });
  assert.equal(put.status, 201);
  assert.deepEqual(await names(client, folder.id), ['dav.txt', 'über uns.txt']);
});

test('finds, trashes and restores', async () => {
  const { rootId } = await workspaceOf(client, 'personal');
  const file = await upload(client, rootId, 'Quarterly Report.odt', 'figures');
  await eventually('the file is found', async () => {
    const { items } = await client.call('search', { query: { q: 'quarterly' } });
    return items.some((hit) => hit.id === file.id);
  });
  await client.call('deleteNode', { params: { id: file.id } });
  assert.deepEqual(await names(client, rootId), []);
  await client.call('restoreNode', { params: { id: file.id }, body: {} });
  assert.deepEqual(await names(client, rootId), ['Quarterly Report.odt']);
});

test('another user sees common, and nothing of the personal files', async () => {
  await makeUser(server, 'anna');
  const anna = server.client(asUser('anna'));
  const file = await upload(client, (await workspaceOf(client, 'personal')).rootId, 'private.txt', 'mine');
  await assert.rejects(anna.call('getNode', { params: { id: file.id } }), { code: 'not_found' });
  const { permissions } = await workspaceOf(anna, 'common');
  assert.ok(permissions.includes('write'));
});

test('serves the web application, the OpenAPI document and a page to try it', async () => {
  const page = await server.fetch('GET', '/', { headers: { accept: 'text/html' } });
  assert.match(await page.text(), /<div id="root">/);
  const document = (await (await server.fetch('GET', '/api/openapi.json')).json()) as { openapi: string };
  assert.match(document.openapi, /^3\.1/);
  assert.ok([200, 301, 302].includes((await server.fetch('GET', '/api/docs')).status));
});

test('ends with exit code 0 when it is told to', async () => {
  assert.equal(await server.stop(), 0);
});
