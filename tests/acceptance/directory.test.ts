/** The tree of groups and who manages it, assigned roles, and the users as CSV: by REST, and refused to anybody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asUser, makeUser, none, refused, startServer } from './harness.ts';

const server = await startServer();
const administrator = server.client();
const sales = await administrator.call('createGroup', { body: { name: 'Sales' } });
const north = await administrator.call('createGroup', { body: { name: 'North', parentId: sales.id } });
const mona = await makeUser(server, 'mona');
const nils = await makeUser(server, 'nils', { groupId: north.id });
const manager = server.client(asUser('mona'));
const member = server.client(asUser('nils'));

test('a group is renamed and hung elsewhere, but not below itself', async () => {
  const south = await administrator.call('createGroup', { body: { name: 'South' } });
  const params = { id: south.id };
  const renamed = await administrator.call('updateGroup', { params, body: { name: 'Deep South' } });
  assert.deepEqual([renamed.name, renamed.parentId], ['Deep South', south.parentId]);
  const moved = await administrator.call('updateGroup', { params, body: { parentId: sales.id } });
  assert.deepEqual([moved.name, moved.parentId], ['Deep South', sales.id]);
  const listed = (await administrator.call('listGroups')).items.find((group) => group.id === south.id);
  assert.deepEqual([listed?.name, listed?.parentId], ['Deep South', sales.id]);
  await refused(
    'conflict',
    administrator.call('updateGroup', { params: { id: sales.id }, body: { parentId: south.id } }),
  );
  await refused('not_found', administrator.call('updateGroup', { params, body: { parentId: none } }));
  await refused('forbidden', member.call('updateGroup', { params, body: { name: 'Mine' } }));
  await administrator.call('deleteGroup', { params });
});

test('a group administrator manages the users in and below the group, and no others', async () => {
  const params = { id: sales.id, subjectId: mona.id };
  const managers = async () =>
    (await administrator.call('listGroupAdmins', { params: { id: sales.id } })).items;
  const rename = () =>
    manager.call('updateUser', { params: { id: nils.id }, body: { displayName: 'Nils N.' } });
  assert.deepEqual(await managers(), []);
  await refused('forbidden', manager.call('listGroupAdmins', { params: { id: sales.id } }));
  await refused('forbidden', manager.call('addGroupAdmin', { params }));
  await refused('forbidden', rename());
  await administrator.call('addGroupAdmin', { params });
  assert.deepEqual(
    (await managers()).map((one) => one.id),
    [mona.id],
  );
  assert.equal((await rename()).displayName, 'Nils N.');
  assert.equal((await manager.call('listRolesOfUser', { params: { id: nils.id } })).items.length > 0, true);
  await refused('forbidden', manager.call('updateUser', { params: { id: nils.id }, body: { admin: true } }));
  await refused('forbidden', manager.call('addGroupAdmin', { params: { id: sales.id, subjectId: nils.id } }));
  await refused('forbidden', manager.call('removeGroupAdmin', { params }));
  await refused(
    'not_found',
    administrator.call('addGroupAdmin', { params: { id: sales.id, subjectId: none } }),
  );
  await administrator.call('removeGroupAdmin', { params });
  assert.deepEqual(await managers(), []);
  await refused('forbidden', rename());
});

test('all users leave as CSV, without passwords and formulas', async () => {
  await administrator.call('createUser', {
    body: { login: 'formula', password: 'battery-staple-2', displayName: '=1+1' },
  });
  const answer = await administrator.call('exportUsers');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
  const csv = await answer.text();
  for (const login of ['admin', 'mona', 'nils', 'formula'])
    assert.match(csv, new RegExp(`^"?${login}"?,`, 'm'), login);
  assert.match(csv, /'=1\+1/);
  assert.doesNotMatch(csv, /battery-staple|[,"]=1\+1|\$argon2|\$scrypt/);
  const some = await administrator.call('exportUsers', { query: { ids: nils.id } });
  const lines = (await some.text()).trim().split('\r\n');
  assert.deepEqual(
    lines.map((line) => line.split(',')[0]),
    ['login', 'nils'],
  );
  await refused('invalid_input', administrator.call('exportUsers', { query: { ids: 'nils' } }));
  await refused('forbidden', member.call('exportUsers'));
});

test('roles are made, changed, put in order and removed', async () => {
  const weak = await administrator.call('createRole', { body: { label: 'Weak', description: 'first' } });
  const strong = await administrator.call('createRole', { body: { label: 'Strong' } });
  const labels = async () => (await administrator.call('listRoles')).items.map((role) => role.label);
  assert.deepEqual(await labels(), ['Weak', 'Strong'], 'what is made later is stronger');
  const changed = await administrator.call('updateRole', {
    params: { id: weak.id },
    body: { label: 'Mighty' },
  });
  assert.deepEqual([changed.label, changed.description], ['Mighty', 'first']);
  const ordered = await administrator.call('orderRoles', { body: { ids: [strong.id, weak.id] } });
  assert.deepEqual(
    ordered.items.map((role) => role.label),
    ['Strong', 'Mighty'],
  );
  assert.deepEqual(await labels(), ['Strong', 'Mighty']);
  await refused('forbidden', member.call('listRoles'));
  await refused('forbidden', member.call('createRole', { body: { label: 'Mine' } }));
  await refused('forbidden', member.call('updateRole', { params: { id: weak.id }, body: { label: 'x' } }));
  await refused('forbidden', member.call('orderRoles', { body: { ids: [weak.id, strong.id] } }));
  await refused('forbidden', member.call('deleteRole', { params: { id: weak.id } }));
  await administrator.call('deleteRole', { params: { id: weak.id } });
  await administrator.call('deleteRole', { params: { id: strong.id } });
  assert.deepEqual(await labels(), []);
  await refused('not_found', administrator.call('deleteRole', { params: { id: weak.id } }));
});

test('a role is given to a user and to a group, and taken away', async () => {
  const { id } = await administrator.call('createRole', { body: { label: 'Auditor' } });
  const given = async () =>
    (await administrator.call('listAssignments', { params: { id } })).items
      .map((one) => [one.kind, one.subjectId, one.expiresAt])
      .sort();
  const held = async (user: string) =>
    (await administrator.call('listRolesOfUser', { params: { id: user } })).items
      .filter((role) => role.kind === 'assigned')
      .map((role) => role.name);
  const expiresAt = Date.now() + 3_600_000;
  const toMona = { id, subjectId: mona.id };
  const toSales = { id, subjectId: sales.id };
  assert.deepEqual([await given(), await held(mona.id), await held(nils.id)], [[], [], []]);
  await administrator.call('assignRole', { params: toMona, body: { kind: 'user', expiresAt } });
  await administrator.call('assignRole', { params: toSales, body: { kind: 'group' } });
  assert.deepEqual(await given(), [
    ['group', sales.id, null],
    ['user', mona.id, expiresAt],
  ]);
  assert.deepEqual(await held(mona.id), ['Auditor']);
  assert.deepEqual(await held(nils.id), ['Auditor'], 'by the group above his own');
  await refused('forbidden', member.call('listRolesOfUser', { params: { id: mona.id } }));
  await refused('forbidden', member.call('listAssignments', { params: { id } }));
  await refused('forbidden', member.call('assignRole', { params: toMona, body: { kind: 'user' } }));
  await refused('forbidden', member.call('unassignRole', { params: toMona }));
  await refused(
    'not_found',
    administrator.call('assignRole', { params: { id, subjectId: none }, body: { kind: 'user' } }),
  );
  await administrator.call('unassignRole', { params: toSales });
  assert.deepEqual(await held(nils.id), []);
  await administrator.call('unassignRole', { params: toMona });
  assert.deepEqual(await given(), []);
});
