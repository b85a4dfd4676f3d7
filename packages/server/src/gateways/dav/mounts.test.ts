/** What was shared shows over WebDAV below `/dav/shared/`, goes by its own rights there, and can't be taken away where it only shows. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemContext, type Context } from '../../kernel/context.ts';
import { basic, startDavNode, type DavNode } from './testing.ts';

let node: DavNode;
let folder: string;
const password = 'correct horse battery';

before(async () => {
  node = await startDavNode();
  const { identity, tree, workspaces } = node.node.services;
  for (const login of ['editor', 'viewer', 'manager'])
    await identity.createUser(systemContext(), { login, password });
  const ann = await node.contextOf('ann');
  const personal = await workspaces.bySlug(ann, 'personal');
  folder = (await tree.createFolder(ann, personal.rootId, 'plans')).node.id;
  await node.dav('PUT', '/dav/personal/plans/a.txt', { body: 'a' });
  for (const role of ['editor', 'viewer', 'manager'] as const) await share(folder, role, role);
});
after(() => node.stop());

async function share(id: string, login: string, role: 'viewer' | 'editor' | 'manager'): Promise<void> {
  const { collaboration } = node.node.services;
  const roleId = (await node.contextOf(login)).principal.roles.at(-1) ?? '';
  const ann: Context = await node.contextOf('ann');
  await collaboration.share(ann, id, { roleId, role, notify: false });
}

async function ask(
  login: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<number> {
  const Authorization = basic(login, password);
  const answer = await node.dav(method, path, {
    headers: { Authorization, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return answer.status;
}

test('listings show the mounts, with addresses below them', async () => {
  const list = async (path: string, depth: string): Promise<string[]> => {
    const headers = { Authorization: basic('viewer', password), Depth: depth };
    const { text } = await node.dav('PROPFIND', path, { headers });
    return [...text.matchAll(/<D:href>([^<]*)/g)].map((match) => match[1] ?? '');
  };
  assert.ok((await list('/dav/', '1')).includes('/dav/shared/'));
  assert.deepEqual(await list('/dav/shared/', '1'), ['/dav/shared/', '/dav/shared/plans/']);
  const deep = await list('/dav/shared/', 'infinity');
  assert.deepEqual(deep.slice(0, 2), ['/dav/shared/', '/dav/shared/plans/']);
  assert.ok(deep.includes('/dav/shared/plans/a.txt'));
  assert.ok((await list('/dav/shared/plans/', '1')).includes('/dav/shared/plans/a.txt'));
});

test('the matrix of roles', async () => {
  const writing = [200, 201, 201, 201, 204];
  const expected = { viewer: [200, 403, 403, 403, 403], editor: writing, manager: writing };
  for (const [login, statuses] of Object.entries(expected)) {
    const at = `/dav/shared/plans/${login}`;
    const victim = login === 'viewer' ? '/dav/shared/plans/a.txt' : at;
    const answers = [
      await ask(login, 'GET', '/dav/shared/plans/a.txt'),
      await ask(login, 'PUT', `${at}.txt`, {}, 'x'),
      await ask(login, 'MKCOL', at),
      await ask(login, 'COPY', '/dav/shared/plans/a.txt', { Destination: `${at}.copy` }),
      await ask(login, 'DELETE', victim),
    ];
    assert.deepEqual(answers, statuses, login);
  }
});

test('a mount is neither moved, renamed, deleted nor replaced, and nothing is made beside it', async () => {
  const to = (path: string) => ({ Destination: path });
  assert.equal(await ask('manager', 'DELETE', '/dav/shared/plans/'), 403);
  assert.equal(await ask('manager', 'MOVE', '/dav/shared/plans/', to('/dav/shared/other/')), 403);
  assert.equal(await ask('manager', 'MOVE', '/dav/shared/plans/', to('/dav/personal/plans/')), 403);
  assert.equal(await ask('manager', 'MKCOL', '/dav/shared/new'), 403);
  assert.equal(await ask('manager', 'PUT', '/dav/shared/new.txt', {}, 'x'), 403);
  await ask('manager', 'PUT', '/dav/personal/mine.txt', {}, 'x');
  assert.equal(await ask('manager', 'MOVE', '/dav/personal/mine.txt', to('/dav/shared/plans')), 403);
  assert.equal(await ask('manager', 'MOVE', '/dav/personal/mine.txt', to('/dav/shared/mine.txt')), 403);
  assert.equal(await ask('manager', 'DELETE', '/dav/shared/'), 403);
});

test('things move and are copied across mounts and homes', async () => {
  const to = (path: string) => ({ Destination: path });
  await ask('editor', 'PUT', '/dav/personal/mine.txt', {}, 'mine');
  assert.equal(await ask('editor', 'MOVE', '/dav/personal/mine.txt', to('/dav/shared/plans/moved.txt')), 201);
  assert.equal((await node.dav('GET', '/dav/personal/plans/moved.txt')).text, 'mine');
  assert.equal(await ask('editor', 'COPY', '/dav/shared/plans/', to('/dav/personal/copy/')), 201);
  assert.equal(await ask('editor', 'GET', '/dav/personal/copy/moved.txt'), 200);
});

test('a mounted file takes new content as what it is', async () => {
  const put = await node.dav('PUT', '/dav/personal/letter.txt', { body: 'one' });
  assert.equal(put.status, 201);
  const { tree, workspaces } = node.node.services;
  const ann = await node.contextOf('ann');
  const { found } = await tree.resolve(ann, await workspaces.bySlug(ann, 'personal'), ['letter.txt']);
  assert.ok(found);
  await share(found.node.id, 'editor', 'editor');
  await share(found.node.id, 'viewer', 'viewer');
  assert.equal(await ask('viewer', 'PUT', '/dav/shared/letter.txt', {}, 'no'), 403);
  assert.equal(await ask('editor', 'PUT', '/dav/shared/letter.txt', {}, 'two'), 204);
  assert.equal((await node.dav('GET', '/dav/personal/letter.txt')).text, 'two');
  assert.equal((await tree.versions(ann, found.node.id, { limit: 10 })).items.length, 2);
});

test('a lock taken through a mount holds at home', async () => {
  const body =
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>';
  assert.equal(await ask('editor', 'LOCK', '/dav/shared/plans/a.txt', {}, body), 200);
  assert.equal((await node.dav('PUT', '/dav/personal/plans/a.txt', { body: 'x' })).status, 423);
});
