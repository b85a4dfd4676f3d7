import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulkBody } from './bulk-body.ts';
import {
  asUser,
  davPath,
  makeUser,
  names,
  none,
  refused,
  startServer,
  upload,
  workspaceOf,
} from './harness.ts';
import { locationOf, TusClient } from './tus.ts';

const server = await startServer();
const administrator = server.client();
await makeUser(server, 'anna');
await makeUser(server, 'bert');
const [anna, bert] = [server.client(asUser('anna')), server.client(asUser('bert'))];

test('the personal workspace is one’s own, common is everybody’s', async () => {
  const [mine, his] = [await workspaceOf(anna, 'personal'), await workspaceOf(bert, 'personal')];
  assert.notEqual(mine.id, his.id);
  const file = await upload(anna, mine.rootId, 'diary.txt', 'dear diary');
  await refused('not_found', bert.call('getNode', { params: { id: file.id } }));
  await refused('not_found', administrator.call('getNode', { params: { id: file.id } }));
  assert.equal(
    (await server.fetch('GET', davPath('personal', 'diary.txt'), { as: asUser('bert') })).status,
    404,
  );
  assert.equal(
    (await server.fetch('GET', davPath('personal', 'diary.txt'), { as: asUser('anna') })).status,
    200,
  );
  const { rootId } = await workspaceOf(anna, 'common');
  const shared = await upload(anna, rootId, 'shared.txt', 'for all');
  await bert.call('replaceContent', { params: { id: shared.id }, body: 'by bert' });
});

test('a workspace begins with what everybody may in it; put away, it says so', async () => {
  const made = await administrator.call('createWorkspace', {
    body: { slug: 'library', name: 'Library', everybody: ['read'] },
  });
  assert.equal(made.archived, false);
  assert.deepEqual((await workspaceOf(anna, 'library')).permissions, ['read']);
  const rules = await administrator.call('listRules', { params: { id: made.rootId } });
  assert.deepEqual(
    rules.items.map(({ allow, deny }) => [allow, deny]).filter(([allow]) => allow?.length === 1),
    [[['read'], []]],
  );
  await administrator.call('adminArchiveWorkspace', { params: { id: made.id }, body: { archived: true } });
  assert.equal((await workspaceOf(administrator, 'library')).archived, true);
  assert.ok(!(await anna.call('listWorkspaces')).items.some(({ id }) => id === made.id));
});

test('an administrator makes workspaces, and says who may enter', async () => {
  const made = await administrator.call('createWorkspace', {
    body: { slug: 'project-x', name: 'Project X' },
  });
  assert.deepEqual([made.kind, made.quota], ['shared', null]);
  assert.ok(!(await anna.call('listWorkspaces')).items.some((w) => w.id === made.id));
  await refused('not_found', anna.call('getNode', { params: { id: made.rootId } }));
  const { items } = await administrator.call('listGroups');
  const role = items.find((group) => group.parentId === null)?.roleId ?? '';
  await administrator.call('setRule', {
    params: { id: made.rootId, role },
    body: { allow: ['read'], deny: [] },
  });
  assert.deepEqual((await workspaceOf(anna, 'project-x')).permissions, ['read']);
  const renamed = await administrator.call('updateWorkspace', {
    params: { id: made.id },
    body: { name: 'Project Y', quota: 5 },
  });
  assert.deepEqual([renamed.slug, renamed.name, renamed.quota], ['project-x', 'Project Y', 5]);
  await refused(
    'forbidden',
    anna.call('updateWorkspace', { params: { id: made.id }, body: { quota: null } }),
  );
  await refused('forbidden', anna.call('createWorkspace', { body: { slug: 'hers', name: 'Hers' } }));
  const make = (slug: string) => administrator.call('createWorkspace', { body: { slug, name: 'N' } });
  await refused('conflict', make('project-x'));
  await refused('conflict', make('common'));
  await refused('invalid_input', make('Not A Slug'));
  await refused(
    'not_found',
    administrator.call('updateWorkspace', { params: { id: none }, body: { name: 'x' } }),
  );
});

test('a full workspace refuses on every way in, and takes what still fits', async () => {
  const { id, rootId } = await administrator.call('createWorkspace', {
    body: { slug: 'small', name: 'Small', quota: 1000 },
  });
  const fill = (size: number): string => 'x'.repeat(size);
  const file = await upload(administrator, rootId, 'first', fill(600));
  await refused('quota_exceeded', upload(administrator, rootId, 'second', fill(401)));
  await refused(
    'quota_exceeded',
    administrator.call('replaceContent', { params: { id: file.id }, body: fill(1001) }),
  );
  await refused(
    'quota_exceeded',
    administrator.call('copyNode', {
      params: { id: file.id },
      body: { parentId: rootId, name: 'copy' },
    }),
  );
  assert.equal((await server.fetch('PUT', davPath('small', 'dav'), { body: fill(401) })).status, 507);
  const copied = await server.fetch('COPY', davPath('small', 'first'), {
    headers: { destination: server.url + davPath('small', 'copied') },
  });
  assert.equal(copied.status, 507);
  const tus = new TusClient(server);
  assert.equal((await tus.create({ filename: 't', path: '/small' }, { 'upload-length': '401' })).status, 507);
  const { results } = await administrator.call('bulkUpload', {
    params: { id: rootId },
    body: bulkBody([
      { path: 'b1', content: fill(401) },
      { path: 'b2', content: fill(300) },
    ]),
  });
  assert.deepEqual(
    results.map((result) => (result.ok ? 'ok' : result.code)),
    ['quota_exceeded', 'ok'],
  );
  assert.deepEqual(await names(administrator, rootId), ['b2', 'first']);
  const common = await workspaceOf(administrator, 'common');
  const outside = await upload(administrator, common.rootId, 'outside', fill(200));
  await refused(
    'quota_exceeded',
    administrator.call('updateNode', { params: { id: outside.id }, body: { parentId: rootId } }),
  );
  await administrator.call('updateWorkspace', { params: { id }, body: { quota: null } });
  await administrator.call('updateNode', { params: { id: outside.id }, body: { parentId: rootId } });
  assert.equal((await workspaceOf(administrator, 'small')).used, 1100);
});

test('the quota of a person holds for the personal workspace, of a running upload too', async () => {
  const user = await makeUser(server, 'carl', { quota: 100 });
  const carl = server.client(asUser('carl'));
  const { rootId } = await workspaceOf(carl, 'personal');
  const tus = new TusClient(server, asUser('carl'));
  const created = await tus.create({ filename: 'slow' }, { 'upload-length': '80' });
  assert.equal(created.status, 201);
  await upload(carl, rootId, 'meanwhile', 'x'.repeat(50));
  assert.equal((await tus.append(locationOf(created), 0, 'x'.repeat(80))).status, 507);
  await administrator.call('updateUser', { params: { id: user.id }, body: { quota: 1000 } });
  const offset = await tus.offset(locationOf(created));
  assert.equal((await tus.append(locationOf(created), offset, 'x'.repeat(80 - offset))).status, 204);
  assert.deepEqual(await names(carl, rootId), ['meanwhile', 'slow']);
});

test('WebDAV tells the room that is left', async () => {
  await makeUser(server, 'dave', { quota: 1000 });
  const as = asUser('dave');
  await server.fetch('PUT', davPath('personal', 'f'), { as, body: 'x'.repeat(300) });
  const answer = await server.fetch('PROPFIND', davPath('personal', ''), {
    as,
    headers: { depth: '0' },
    body: '<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>',
  });
  const xml = await answer.text();
  assert.match(xml, /quota-available-bytes>700</);
  assert.match(xml, /quota-used-bytes>300</);
});
