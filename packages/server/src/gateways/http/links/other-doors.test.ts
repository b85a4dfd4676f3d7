/** A link opens its roots and nothing else, whichever door its address, password or cookie is tried at. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../testing.ts';
import { basic, cookieOf, openLinkWorld, type LinkWorld } from './testing.ts';

let world: LinkWorld;
let ann: { readonly headers: Record<string, string>; readonly root: string };
let token: string;
let cookie: string;
let inside: string;
let outside: string;
before(async () => {
  world = await openLinkWorld();
  ann = await world.person('ann');
  const shared = await world.folder(ann.headers, ann.root, 'shared');
  inside = await world.file(ann.headers, shared, 'canary-in.txt', 'inside');
  outside = await world.file(ann.headers, ann.root, 'canary-out.txt', 'outside');
  ({ token } = await world.link(ann.headers, { roots: [shared], password: 'pw' }));
  cookie = cookieOf(await world.visit(token, 'POST', '/visit', { body: { password: 'pw' } }));
  await world.node.node.services.journal.settled();
});
after(() => world.close());

const visit = (path: string) => world.visit(token, 'GET', path, { cookie });

test(
  'neither live updates nor changes are for visitors, by no credential of a link',
  { timeout: 30_000 },
  async () => {
    assert.equal((await visit(`/nodes/${inside}`)).status, 200, 'the cookie is good');
    for (const path of ['/events', '/events?after=0', '/changes?after=0']) {
      const refused = await visit(path);
      assert.deepEqual([refused.status, refused.json()['code']], [403, 'forbidden'], path);
      assert.ok(!refused.body.includes('canary'));
      const carried: readonly Record<string, string>[] = [
        { cookie },
        { cookie: cookie.replace(/^[^=]+/, 'volvox_session') },
        { authorization: `Bearer ${token}` },
        basic(token, 'pw'),
      ];
      for (const headers of carried)
        assert.equal((await world.ask({ ...headers }, 'GET', path)).status, 401, JSON.stringify(headers));
    }
  },
);

test('search, archives and pictures know nothing beside the roots, however it is named', async () => {
  const found = (await visit('/search?q=canary')).json() as { items: { id: string }[] };
  assert.deepEqual(
    found.items.map(({ id }) => id),
    [inside],
  );
  const within = await visit(`/search?q=canary&within=${ann.root}`);
  assert.ok(!within.body.includes(outside), within.body.toString());
  assert.equal((await visit(`/zip?ids=${inside}`)).status, 200);
  for (const ids of [outside, `${inside},${outside}`, ann.root]) {
    const archive = await visit(`/zip?ids=${ids}`);
    assert.ok(!archive.body.includes('canary-out'), `${archive.status}`);
    assert.equal(archive.status, 404, ids);
  }
  assert.equal((await visit(`/link/previews/${outside}?size=320`)).status, 404);
  assert.equal((await visit(`/nodes/${outside}/content`)).status, 404);
});

test('a path by WebDAV ends at the roots', async () => {
  const at = (path: string, depth = '1') =>
    send(world.node.port, {
      method: 'PROPFIND',
      path: `/dav${path}`,
      headers: { ...basic(token, 'pw'), depth },
    });
  assert.match((await at('/shared/shared/')).body.toString(), /canary-in/);
  for (const path of ['/', '/shared/', '/shared/shared/', '/personal/', '/shared/shared/../', '/common/']) {
    const { body } = await at(path);
    assert.ok(!body.includes('canary-out'), path);
  }
  for (const path of ['/personal/canary-out.txt', '/shared/canary-out.txt'])
    assert.equal((await at(path, '0')).status, 404, path);
});
