/** Shares with people and Cells by REST: what each role may do on every kind of route, mounts in listings and paths, and the way back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShareRole } from '@volvox/api';
import type { Client } from '@volvox/client';
import { asAdmin, asUser, makeUser, refused, startServer, workspaceOf } from './harness.ts';

const server = await startServer();
const logins = ['anna', 'viewer', 'editor', 'manager', 'other'] as const;
type Login = (typeof logins)[number];
const users = new Map<Login, { readonly client: Client; readonly id: string; readonly roleId: string }>();
for (const login of logins) await makeUser(server, login);
const anna = server.client(asUser('anna'));
for (const login of logins) {
  const asker = login === 'anna' ? server.client(asUser('other')) : anna;
  const { items } = await asker.call('searchPeople', { query: { q: login } });
  const person = items.find((one) => one.detail === login || one.name === login);
  assert.ok(person, login);
  users.set(login, { client: server.client(asUser(login)), id: person.id, roleId: person.roleId });
}
const of = (login: Login) => {
  const user = users.get(login);
  assert.ok(user);
  return user;
};
const home = await workspaceOf(anna, 'personal');
const folder = await anna.call('createFolder', { params: { id: home.rootId }, body: { name: 'plans' } });
const file = await anna.call('uploadFile', { params: { id: folder.id, name: 'a.txt' }, body: 'one' });

async function share(id: string, login: Login, role: ShareRole) {
  return anna.call('createShare', {
    params: { id },
    body: { roleId: of(login).roleId, role, notify: false },
  });
}

test('what each role may do by REST', async () => {
  for (const role of ['viewer', 'editor', 'manager'] as const) {
    await share(folder.id, role, role);
    const { client } = of(role);
    const may = role !== 'viewer';
    const writing = async (work: Promise<unknown>): Promise<void> => {
      if (may) await work;
      else await refused('forbidden', work);
    };
    const read = await client.call('downloadContent', { params: { id: file.id } });
    assert.ok((await read.text()).length > 0);
    await writing(client.call('replaceContent', { params: { id: file.id }, body: role }));
    await writing(client.call('createFolder', { params: { id: folder.id }, body: { name: role } }));
    await writing(client.call('uploadFile', { params: { id: folder.id, name: `${role}.txt` }, body: role }));
    await writing(client.call('updateNode', { params: { id: file.id }, body: { name: `${role}-a.txt` } }));
    const passing = client.call('createShare', {
      params: { id: file.id },
      body: { roleId: of('other').roleId, role: 'viewer', notify: false },
    });
    if (role === 'manager') await passing;
    else await refused('forbidden', passing);
    const looking = client.call('listEffectiveAccess', { params: { id: folder.id } });
    if (role === 'manager') assert.ok((await looking).items.length >= 4);
    else await refused('forbidden', looking);
    // The shared thing itself hangs in a folder of somebody else.
    await refused('forbidden', client.call('deleteNode', { params: { id: folder.id } }));
    await refused('forbidden', client.call('updateNode', { params: { id: folder.id }, body: { name: 'x' } }));
  }
});

test('mounts are listed under their names, found by path, and give away nothing of the way there', async () => {
  const { client } = of('viewer');
  const received = await workspaceOf(client, 'shared');
  assert.equal(received.kind, 'received');
  const { items } = await client.call('listChildren', { params: { id: received.rootId } });
  assert.deepEqual(
    items.map((one) => [one.id, one.name, one.mount, one.workspaceId]),
    [[folder.id, 'plans', true, home.id]],
  );
  const found = await client.call('lookupNode', { query: { path: '/shared/plans' } });
  assert.deepEqual([found.id, found.path], [folder.id, undefined]);
  assert.deepEqual((await client.call('getAncestors', { params: { id: folder.id } })).items, []);
  await refused('not_found', client.call('getNode', { params: { id: home.rootId } }));
  await refused(
    'forbidden',
    client.call('createFolder', { params: { id: received.rootId }, body: { name: 'x' } }),
  );
  const rows = await client.call('listReceivedShares');
  assert.deepEqual(
    rows.items.map((one) => [one.node.id, one.role, one.createdBy?.id]),
    [[folder.id, 'viewer', of('anna').id]],
  );
});

test('shares are listed, changed and revoked, one by one and together', async () => {
  const { items } = await anna.call('listNodeShares', { params: { id: folder.id } });
  assert.equal(items.length, 3);
  const viewers = items.find((one) => one.subject.login === 'viewer');
  assert.ok(viewers);
  const raised = await anna.call('updateShare', { params: { id: viewers.id }, body: { role: 'editor' } });
  assert.equal(raised.role, 'editor');
  const { revoked, refused: others } = await anna.call('revokeShares', {
    body: { ids: [...items.map((one) => one.id), of('other').id] },
  });
  assert.deepEqual([revoked.length, others], [3, [of('other').id]]);
  for (const login of ['viewer', 'editor', 'manager', 'other'] as const)
    await refused('not_found', of(login).client.call('getNode', { params: { id: file.id } }));
  assert.deepEqual((await anna.call('listGivenShares')).items, []);
});

test('a cell comes and goes by REST, and answers on WebDAV while it is there', async () => {
  const cell = await anna.call('createCell', {
    body: {
      name: 'Bees & co',
      members: [{ roleId: of('editor').roleId, role: 'editor' }],
      nodeIds: [folder.id],
    },
  });
  const dav = (login: Login) =>
    server.fetch('PROPFIND', `/dav/${cell.slug}/`, { as: asUser(login), headers: { depth: '1' } });
  const listed = await dav('editor');
  assert.equal(listed.status, 207);
  assert.match(await listed.text(), new RegExp(`/dav/${cell.slug}/plans/`));
  assert.equal((await dav('viewer')).status, 404);
  await refused('not_found', of('viewer').client.call('getCell', { params: { id: cell.id } }));
  await of('editor').client.call('leaveCell', { params: { id: cell.id } });
  assert.equal((await dav('editor')).status, 404);
  await anna.call('deleteCell', { params: { id: cell.id } });
  assert.deepEqual((await anna.call('listCells')).items, []);
  assert.equal((await anna.call('getNode', { params: { id: folder.id } })).name, 'plans');
});

test('administrators see what there is, and nobody else does', async () => {
  const admin = server.client(asAdmin);
  const made = await admin.call('createWorkspace', { body: { slug: 'old', name: 'Old' } });
  const common = await workspaceOf(admin, 'common');
  const mount = (nodeId: string) =>
    admin.call('adminAddMount', { params: { id: made.id }, body: { nodeId } });
  await refused('conflict', mount(made.rootId));
  const inside = await admin.call('createFolder', { params: { id: made.rootId }, body: { name: 'inside' } });
  await refused('conflict', mount(inside.id));
  const gone = await admin.call('createFolder', { params: { id: common.rootId }, body: { name: 'gone' } });
  await admin.call('deleteNode', { params: { id: gone.id } });
  await refused('conflict', mount(gone.id));
  await refused('not_found', mount(home.rootId));
  await admin.call('deleteNode', { params: { id: inside.id } });
  await admin.call('emptyTrash', { params: { id: made.id } });
  await mount(common.rootId);
  await refused('conflict', mount(common.rootId));
  const { items } = await admin.call('adminListWorkspaces');
  const [shown] = items.find((one) => one.id === made.id)?.mounts ?? [];
  assert.deepEqual(shown, { nodeId: common.rootId, name: common.name });
  await admin.call('adminRemoveMount', { params: { id: made.id, node: common.rootId } });
  await refused(
    'conflict',
    admin.call('adminDeleteWorkspace', { params: { id: home.id }, query: { confirm: 'personal' } }),
  );
  await admin.call('adminDeleteWorkspace', { params: { id: made.id }, query: { confirm: 'old' } });
  await refused('forbidden', anna.call('adminListWorkspaces'));
});
