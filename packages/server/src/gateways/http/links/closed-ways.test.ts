/** Ways past what a link says, each found open once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../testing.ts';
import { basic, openLinkWorld, type LinkWorld } from './testing.ts';

let world: LinkWorld;
let ann: { readonly headers: Record<string, string>; readonly root: string };
before(async () => {
  world = await openLinkWorld();
  ann = await world.person('ann');
});
after(() => world.close());

test('an address that a link no longer has lets nobody in', async () => {
  const file = await world.file(ann.headers, ann.root, 'a.txt', 'a');
  const { id } = await world.link(ann.headers, { roots: [file], slug: 'leaked-1' });
  const path = `/nodes/${file}/content`;
  assert.equal((await world.visit('leaked-1', 'GET', path)).status, 200);
  await world.ask(ann.headers, 'PATCH', `/links/${id}`, { slug: null });
  assert.equal((await world.visit('leaked-1', 'GET', path)).status, 404);
});

test('a range that does not apply is a download of its own', async () => {
  const file = await world.file(ann.headers, ann.root, 'm.bin', '0123456789');
  const { token } = await world.link(ann.headers, { roots: [file], maxDownloads: 1 });
  const path = `/nodes/${file}/content?download=true`;
  assert.equal((await world.visit(token, 'GET', path)).status, 200);
  const headers = { range: 'bytes=1-', 'if-range': '"x"' };
  assert.equal((await world.visit(token, 'GET', path, { headers })).status, 410);
});

test('visitors see neither locks nor how full the home is', async () => {
  const above = await world.folder(ann.headers, ann.root, 'above');
  const inner = await world.folder(ann.headers, above, 'inner');
  const { token } = await world.link(ann.headers, { roots: [inner] });
  const { port } = world.node;
  const lock = { method: 'LOCK', path: '/dav/personal/above/', headers: ann.headers };
  const info =
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>Ann</D:owner></D:lockinfo>';
  assert.equal((await send(port, lock, info)).status, 200);
  const headers = { ...basic(token, ''), depth: '0' };
  const ask =
    '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/><D:quota-used-bytes/></D:prop></D:propfind>';
  const { status, body } = await send(port, { method: 'PROPFIND', path: '/dav/shared/inner/', headers }, ask);
  assert.equal(status, 207);
  assert.match(body.toString(), /<D:lockdiscovery\/>/);
  assert.doesNotMatch(body.toString(), /Ann|above|quota-used-bytes>/);
});

test('a PDF is stamped only where strangers bring none', async () => {
  const folder = await world.folder(ann.headers, ann.root, 'pdf');
  const file = await world.file(ann.headers, folder, 'd.pdf', '%PDF-raw');
  const plain = await world.link(ann.headers, { roots: [folder], permissions: ['preview'] });
  const shown = await world.visit(plain.token, 'GET', `/nodes/${file}/content`);
  assert.deepEqual([shown.status, shown.body.toString()], [200, '%PDF-raw']);
  const permissions = ['preview', 'upload'];
  const open = await world.link(ann.headers, { roots: [folder], permissions, watermark: true });
  assert.equal((await world.visit(open.token, 'GET', `/nodes/${file}/content`)).status, 403);
});

test('a PDF that is shown as it is counts as the download that it is, by either way', async () => {
  const file = await world.file(ann.headers, ann.root, 'counted.pdf', '%PDF-raw');
  const { token } = await world.link(ann.headers, { roots: [file], maxDownloads: 2 });
  const content = `/nodes/${file}/content`;
  const preview = `/link/previews/${file}`;
  const ask = async (path: string, method = 'GET') => (await world.visit(token, method, path)).status;
  assert.equal(await ask(content, 'HEAD'), 200);
  assert.deepEqual([await ask(content), await ask(preview)], [200, 200]);
  for (const path of [content, preview, `${content}?download=true`]) assert.equal(await ask(path), 410, path);
});
