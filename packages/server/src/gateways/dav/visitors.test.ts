import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { basic, openLinkWorld, type LinkWorld } from '../http/links/testing.ts';
import { send, type Answer } from '../http/testing.ts';

let world: LinkWorld;
let ann: { readonly headers: Record<string, string>; readonly root: string };
let folder: string;
before(async () => {
  world = await openLinkWorld();
  ann = await world.person('ann');
  folder = await world.folder(ann.headers, ann.root, 'by dav');
  await world.file(ann.headers, folder, 'in.txt', '0123456789');
  await world.file(ann.headers, ann.root, 'out.txt', 'outside');
});
after(() => world.close());

function dav(token: string, secret: string, method: string, path: string, more = {}): Promise<Answer> {
  const headers = { ...basic(token, secret), depth: '1', ...more };
  return send(world.node.port, { method, path: `/dav${path}`, headers });
}

test('a link shows its roots, and what is below, to whoever has token and password', async () => {
  const { token } = await world.link(ann.headers, { roots: [folder], password: 'pw' });
  assert.equal((await dav(token, 'wrong', 'PROPFIND', '/')).status, 401);
  const top = await dav(token, 'pw', 'PROPFIND', '/');
  assert.equal(top.status, 207, top.body.toString());
  assert.ok(!top.body.toString().includes('personal'));
  const shared = await dav(token, 'pw', 'PROPFIND', '/shared/');
  assert.match(shared.body.toString(), /by%20dav/);
  assert.ok(!shared.body.toString().includes('out.txt'));
  assert.equal((await dav(token, 'pw', 'GET', '/shared/by%20dav/in.txt')).body.toString(), '0123456789');
  assert.equal((await dav(token, 'pw', 'GET', '/personal/out.txt')).status, 404);
});

test('nothing is changed this way', async () => {
  const { token } = await world.link(ann.headers, { roots: [folder], permissions: ['download', 'upload'] });
  for (const method of ['PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE', 'PROPPATCH', 'LOCK'])
    assert.equal(
      (await dav(token, '', method, '/shared/by%20dav/in.txt', { destination: '/dav/x' })).status,
      403,
      method,
    );
  const looking = await world.link(ann.headers, { roots: [folder], permissions: ['preview'] });
  assert.equal((await dav(looking.token, '', 'GET', '/shared/by%20dav/in.txt')).status, 403);
  const terms = await world.link(ann.headers, { roots: [folder], disclaimer: 'Terms' });
  assert.equal((await dav(terms.token, '', 'PROPFIND', '/')).status, 401, 'nobody can accept them here');
});

test('what is counted is counted here as well', async () => {
  const { token } = await world.link(ann.headers, { roots: [folder], maxDownloads: 1 });
  assert.equal((await dav(token, '', 'GET', '/shared/by%20dav/in.txt')).status, 200);
  assert.equal((await dav(token, '', 'GET', '/shared/by%20dav/in.txt', { range: 'bytes=4-' })).status, 206);
  assert.equal((await dav(token, '', 'GET', '/shared/by%20dav/in.txt')).status, 410);
});
