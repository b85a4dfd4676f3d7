/** Cells, single shares, bound policies and workspaces that were put away: by REST, and refused to anybody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '@volvox/client';
import { asUser, makeUser, none, refused, startServer, workspaceOf } from './harness.ts';

const server = await startServer();
const administrator = server.client();
const anna = server.client(asUser('anna'));
const bert = server.client(asUser('bert'));
const stranger = server.client(asUser('carl'));
const { id: annaId } = await makeUser(server, 'anna');
const { id: bertId } = await makeUser(server, 'bert');
const { id: carlId } = await makeUser(server, 'carl');
const home = await workspaceOf(anna, 'personal');

async function roleOf(id: string, login: string): Promise<string> {
  const { items } = await administrator.call('searchPeople', { query: { q: login } });
  const person = items.find((one) => one.id === id);
  assert.ok(person, login);
  return person.roleId;
}
const annaRole = await roleOf(annaId, 'anna');
const bertRole = await roleOf(bertId, 'bert');
const carlRole = await roleOf(carlId, 'carl');

const makeFolder = (name: string) =>
  anna.call('createFolder', { params: { id: home.rootId }, body: { name } });

test('a share is declined and taken back by its receiver, and revoked by whoever made it', async () => {
  const folder = await makeFolder('declined');
  const { id } = await anna.call('createShare', {
    params: { id: folder.id },
    body: { roleId: bertRole, role: 'viewer', notify: false },
  });
  const received = async (hidden: boolean) =>
    (await bert.call('listReceivedShares', { query: { hidden } })).items.map((one) => one.id);
  const shown = async () => {
    const shared = (await bert.call('listWorkspaces')).items.find((one) => one.slug === 'shared');
    if (shared === undefined) return [];
    const { items } = await bert.call('listChildren', { params: { id: shared.rootId } });
    return items.map((node) => node.name);
  };
  const hide = (client: typeof anna, hidden: boolean) =>
    client.call('hideShare', { params: { id }, body: { hidden } });
  assert.deepEqual([await received(true), await shown()], [[], ['declined']]);
  await refused('not_found', hide(stranger, true));
  await hide(bert, true);
  assert.deepEqual([await received(true), await shown()], [[id], []]);
  assert.equal((await bert.call('getNode', { params: { id: folder.id } })).name, 'declined');
  await hide(bert, false);
  assert.deepEqual([await received(true), await shown()], [[], ['declined']]);
  await refused('not_found', stranger.call('revokeShare', { params: { id } }));
  await refused('forbidden', bert.call('revokeShare', { params: { id } }));
  await anna.call('revokeShare', { params: { id } });
  await refused('not_found', bert.call('getNode', { params: { id: folder.id } }));
  await refused('not_found', anna.call('revokeShare', { params: { id } }));
});

test('tells which of many nodes are shared, to those who may share them', async () => {
  const [open, closed] = [await makeFolder('open'), await makeFolder('closed')];
  await anna.call('createShare', {
    params: { id: open.id },
    body: { roleId: bertRole, role: 'viewer', notify: false },
  });
  const among = async (client: typeof anna) =>
    (await client.call('listSharedAmong', { body: { ids: [open.id, closed.id, none] } })).ids;
  assert.deepEqual(await among(anna), [open.id]);
  assert.deepEqual([await among(bert), await among(stranger)], [[], []]);
});

test('the roles of a Cell give the rights in it: its owner sets no rules, and is told so before', async () => {
  const { id } = await anna.call('createCell', { body: { name: 'Unruled' } });
  const { rootId } = await workspaceOf(anna, 'unruled');
  const inside = await anna.call('createFolder', { params: { id: rootId }, body: { name: 'inside' } });
  await anna.call('setCellMember', { params: { id, role: bertRole }, body: { role: 'manager' } });
  const settable = async (client: typeof anna, nodeId: string) =>
    (await client.call('listRules', { params: { id: nodeId } })).settable;
  for (const client of [anna, bert])
    for (const nodeId of [rootId, inside.id]) {
      assert.equal(await settable(client, nodeId), false);
      const params = { id: nodeId, role: bertRole };
      const set = client.call('setRule', { params, body: { allow: ['read'], deny: [] } });
      await assert.rejects(
        set,
        (error) => isApiError(error, 'forbidden') && error.details['reason'] === 'granted',
      );
    }
  assert.equal(await settable(anna, home.rootId), true);
});

test('a cell is changed, peopled and handed over by those who run it', async () => {
  const { id } = await anna.call('createCell', { body: { name: 'Hive' } });
  const params = { id };
  const rename = (client: typeof anna, name: string) => client.call('updateCell', { params, body: { name } });
  const people = async () =>
    (await anna.call('getCell', { params })).people.map((one) => [one.subject.id, one.role]);
  const set = (client: typeof anna, role: string, as: 'viewer' | 'editor' | 'manager') =>
    client.call('setCellMember', { params: { id, role }, body: { role: as } });
  const changed = await anna.call('updateCell', { params, body: { name: 'Nest', description: 'of bees' } });
  assert.deepEqual([changed.name, changed.description, changed.role], ['Nest', 'of bees', 'owner']);
  await refused('not_found', rename(bert, 'Mine'));
  await refused('not_found', set(bert, carlRole, 'viewer'));

  await set(anna, bertRole, 'viewer');
  assert.deepEqual(await people(), [[bertId, 'viewer']]);
  assert.equal((await bert.call('getCell', { params })).role, 'viewer');
  await refused('forbidden', rename(bert, 'Mine'));
  await refused('forbidden', set(bert, carlRole, 'viewer'));
  await set(anna, bertRole, 'manager');
  assert.deepEqual(await people(), [[bertId, 'manager']]);
  assert.equal((await rename(bert, 'Comb')).name, 'Comb');
  await refused('conflict', set(bert, annaRole, 'viewer'));

  const remove = (client: typeof anna, role: string) =>
    client.call('removeCellMember', { params: { id, role } });
  await set(bert, carlRole, 'viewer');
  await refused('forbidden', remove(stranger, bertRole));
  assert.deepEqual(
    (await remove(bert, carlRole)).people.map((one) => one.subject.id),
    [bertId],
  );
  await refused('not_found', stranger.call('getCell', { params }));
  await refused('not_found', remove(anna, carlRole));

  const hand = (client: typeof anna, userId: string) =>
    client.call('handOverCell', { params, body: { userId } });
  await refused('forbidden', hand(bert, bertId));
  await refused('conflict', hand(anna, carlId));
  const handed = await hand(anna, bertId);
  assert.deepEqual([handed.owner?.id, handed.role], [bertId, 'manager']);
  assert.deepEqual(await people(), [[annaId, 'manager']]);
  await refused('forbidden', anna.call('deleteCell', { params }));
  await bert.call('deleteCell', { params });
});

test('a cell shows what its members may share, until it is taken out', async () => {
  const [folder, inner] = [await makeFolder('honey'), await makeFolder('wax')];
  const { id, rootId } = await anna.call('createCell', {
    body: { name: 'Mounts', members: [{ roleId: bertRole, role: 'viewer' }] },
  });
  const add = (client: typeof anna, ...nodeIds: string[]) =>
    client.call('addCellMounts', { params: { id }, body: { nodeIds } });
  const take = (client: typeof anna, node: string) =>
    client.call('removeCellMount', { params: { id, node } });
  const seen = async () =>
    (await bert.call('listChildren', { params: { id: rootId } })).items.map((node) => node.name).sort();
  assert.deepEqual(await seen(), []);
  await refused('not_found', bert.call('getNode', { params: { id: folder.id } }));
  const { shown } = await add(anna, folder.id, inner.id);
  assert.deepEqual(shown.map((one) => one.name).sort(), ['honey', 'wax']);
  assert.deepEqual(await seen(), ['honey', 'wax']);
  assert.equal((await bert.call('getNode', { params: { id: folder.id } })).name, 'honey');
  const own = await workspaceOf(bert, 'personal');
  const his = await bert.call('createFolder', { params: { id: own.rootId }, body: { name: 'his' } });
  await refused('forbidden', add(bert, his.id));
  await refused('not_found', add(anna, his.id));
  await refused('forbidden', take(bert, folder.id));
  await refused('not_found', take(stranger, folder.id));
  await take(anna, folder.id);
  assert.deepEqual(await seen(), ['wax']);
  await refused('not_found', bert.call('getNode', { params: { id: folder.id } }));
  assert.equal((await anna.call('getNode', { params: { id: folder.id } })).name, 'honey');
  await refused('not_found', take(anna, folder.id));
});

test('a policy holds where it is bound, and no longer once it is unbound', async () => {
  const { rootId } = await workspaceOf(bert, 'common');
  const folder = await administrator.call('createFolder', {
    params: { id: rootId },
    body: { name: 'policed' },
  });
  const policy = await administrator.call('createPolicy', {
    body: { name: 'Office', deny: ['write'], mode: 'unless', conditions: { networks: ['10.0.0.0/8'] } },
  });
  const params = { id: policy.id, node: folder.id, role: bertRole };
  const write = (client: typeof anna, name: string) =>
    client.call('createFolder', { params: { id: folder.id }, body: { name } });
  await write(bert, 'before');
  await administrator.call('bindPolicy', { params });
  await refused('forbidden', write(bert, 'during'));
  await write(stranger, 'other');
  await refused('forbidden', bert.call('unbindPolicy', { params }));
  await administrator.call('unbindPolicy', { params });
  await write(bert, 'after');
  const [listed] = (await administrator.call('listPolicies')).items;
  assert.deepEqual([listed?.id, listed?.bindings], [policy.id, []]);
});

test('administrators choose what personal workspaces begin with', async () => {
  const { rootId } = await workspaceOf(administrator, 'common');
  const template = await administrator.call('createFolder', {
    params: { id: rootId },
    body: { name: 'Begin' },
  });
  await administrator.call('createFolder', { params: { id: template.id }, body: { name: 'First steps' } });
  const set = (client: typeof anna, folderId: string | null) =>
    client.call('adminSetPersonalTemplate', { body: { folderId } });
  await refused('forbidden', set(anna, template.id));
  await refused('forbidden', anna.call('adminPersonalTemplate'));
  await refused('not_found', set(administrator, none));
  await refused('not_found', set(administrator, home.rootId));
  const { folder, fits } = await set(administrator, template.id);
  assert.deepEqual([folder?.path, fits], ['/common/Begin', true]);
  await makeUser(server, 'dora');
  const dora = server.client(asUser('dora'));
  const begun = await dora.call('listChildren', {
    params: { id: (await workspaceOf(dora, 'personal')).rootId },
  });
  assert.deepEqual(
    begun.items.map((node) => node.name),
    ['First steps'],
  );
  assert.equal((await set(administrator, null)).folder, null);
});

test('a workspace that is put away is seen by administrators only, until it is taken out again', async () => {
  const made = await administrator.call('createWorkspace', { body: { slug: 'attic', name: 'Attic' } });
  const everyone = (await administrator.call('listGroups')).items.find((group) => group.parentId === null);
  assert.ok(everyone);
  await administrator.call('setRule', {
    params: { id: made.rootId, role: everyone.roleId },
    body: { allow: ['read'], deny: [] },
  });
  const archive = (client: typeof anna, archived: boolean, id = made.id) =>
    client.call('adminArchiveWorkspace', { params: { id }, body: { archived } });
  const state = async () => {
    const all = (await administrator.call('adminListWorkspaces')).items;
    const { items } = await bert.call('listWorkspaces');
    const since = all.find((one) => one.id === made.id)?.archivedAt;
    return [typeof since, items.some((one) => one.id === made.id)];
  };
  assert.deepEqual(await state(), ['object', true]);
  await refused('forbidden', archive(bert, true));
  await refused('conflict', archive(administrator, true, home.id));
  await refused('not_found', archive(administrator, true, none));
  await archive(administrator, true);
  assert.deepEqual(await state(), ['number', false]);
  await refused('not_found', bert.call('getNode', { params: { id: made.rootId } }));
  await archive(administrator, false);
  assert.deepEqual(await state(), ['object', true]);
  assert.equal((await bert.call('getNode', { params: { id: made.rootId } })).id, made.rootId);
});
