/** Teams and guests by REST: who sees, changes and leaves a team, and a guest from the invitation to the shut account. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asUser, makeUser, none, refused, startServer, userPassword } from './harness.ts';

const server = await startServer();
const administrator = server.client();
const anna = await makeUser(server, 'anna');
const bert = await makeUser(server, 'bert');
await makeUser(server, 'carl');
const owner = server.client(asUser('anna'));
const second = server.client(asUser('bert'));
const stranger = server.client(asUser('carl'));

/** A team of Anna with Bert in it. */
async function makeTeam(name: string, manager = false): Promise<{ readonly id: string }> {
  const { id } = await owner.call('createTeam', { body: { name } });
  await owner.call('setTeamMember', { params: { id, subjectId: bert.id }, body: { manager } });
  return { id };
}

test('a team is seen by its members only', async () => {
  const params = await makeTeam('Choir');
  const listed = async (client: typeof owner) =>
    (await client.call('listTeams')).items.map((team) => [team.name, team.role]);
  assert.deepEqual(await listed(owner), [['Choir', 'owner']]);
  assert.deepEqual(await listed(second), [['Choir', 'member']]);
  assert.deepEqual(await listed(stranger), []);
  const team = await second.call('getTeam', { params });
  assert.deepEqual([team.name, team.owner.id, team.role], ['Choir', anna.id, 'member']);
  assert.deepEqual(
    new Map(team.members.map((member) => [member.id, member.role])),
    new Map([
      [anna.id, 'owner'],
      [bert.id, 'member'],
    ]),
  );
  await refused('not_found', stranger.call('getTeam', { params }));
  await refused('not_found', stranger.call('deleteTeam', { params }));
  await refused('forbidden', second.call('deleteTeam', { params }));
  await owner.call('deleteTeam', { params });
  await refused('not_found', owner.call('getTeam', { params }));
  assert.deepEqual(await listed(second), []);
});

test('managers rename a team, its owner hands it over', async () => {
  const params = await makeTeam('Band');
  const rename = (client: typeof owner, name: string) =>
    client.call('updateTeam', { params, body: { name } });
  const handTo = (client: typeof owner, ownerId: string) =>
    client.call('updateTeam', { params, body: { ownerId } });
  await refused('not_found', rename(stranger, 'Mine'));
  await refused('forbidden', rename(second, 'Mine'));
  await refused('invalid_input', handTo(owner, bert.id));
  await owner.call('setTeamMember', {
    params: { id: params.id, subjectId: bert.id },
    body: { manager: true },
  });
  assert.equal((await rename(second, 'Big Band')).name, 'Big Band');
  await refused('forbidden', handTo(second, bert.id));
  const handed = await handTo(owner, bert.id);
  assert.deepEqual([handed.name, handed.owner.id, handed.role], ['Big Band', bert.id, 'manager']);
  await refused('forbidden', owner.call('deleteTeam', { params }));
  await second.call('deleteTeam', { params });
});

test('members leave or are removed, and what was shared with the team goes from them', async () => {
  const { id } = await makeTeam('Crew');
  const team = await owner.call('getTeam', { params: { id } });
  const { items } = await owner.call('listWorkspaces');
  const home = items.find((workspace) => workspace.slug === 'personal');
  assert.ok(home);
  const folder = await owner.call('createFolder', { params: { id: home.rootId }, body: { name: 'crew' } });
  await owner.call('createShare', {
    params: { id: folder.id },
    body: { roleId: team.roleId, role: 'viewer', notify: false },
  });
  const read = () => second.call('getNode', { params: { id: folder.id } });
  assert.equal((await read()).name, 'crew');
  const remove = (client: typeof owner, subjectId: string) =>
    client.call('removeTeamMember', { params: { id, subjectId } });
  await refused('not_found', remove(stranger, bert.id));
  await refused('forbidden', remove(second, anna.id));
  await refused('conflict', remove(owner, anna.id));
  await remove(owner, bert.id);
  await refused('not_found', read());
  await refused('not_found', second.call('getTeam', { params: { id } }));
  await owner.call('setTeamMember', { params: { id, subjectId: bert.id }, body: {} });
  assert.equal((await read()).name, 'crew');
  await remove(second, bert.id);
  await refused('not_found', read());
  await owner.call('deleteTeam', { params: { id } });
});

test('a guest is invited, comes once by the invitation, and is shut out again', async () => {
  const body = { email: 'gast@example.org', displayName: 'Gast' };
  await refused('forbidden', owner.call('inviteGuest', { body }));
  await administrator.call('setSetting', { params: { key: 'guests.enabled' }, body: { value: true } });
  const { user, mailed, path } = await owner.call('inviteGuest', { body });
  assert.deepEqual([user.kind, user.email, user.admin, mailed], ['guest', body.email, false, false]);
  const held = await administrator.call('listRolesOfUser', { params: { id: user.id } });
  assert.deepEqual(held.items, [], 'a guest has no role of any group');
  const invitation = /[\w-]{22}$/.exec(path ?? '')?.[0] ?? '';
  const read = () => server.client({ kind: 'session' }).call('readInvitation', { body: { invitation } });
  const found = await read();
  assert.deepEqual([found.login, found.displayName, found.inviter], [user.login, 'Gast', 'anna']);
  const accept = () =>
    server
      .client({ kind: 'session' })
      .call('acceptInvitation', { body: { invitation, password: userPassword } });
  assert.equal((await accept()).login, user.login);
  await refused('gone', read());
  await refused('gone', accept());
  const guest = server.client(asUser(user.login));
  assert.deepEqual((await guest.call('listGuests')).items, []);
  await refused('forbidden', guest.call('inviteGuest', { body: { email: 'more@example.org' } }));
  await refused('forbidden', guest.call('createTeam', { body: { name: 'Guests' } }));

  const own = async (client: typeof owner) =>
    (await client.call('listGuests')).items.map((one) => [one.id, one.disabled]);
  assert.deepEqual([await own(owner), await own(second)], [[[user.id, false]], []]);
  const params = { id: user.id };
  const expiresAt = Date.now() + 3_600_000;
  await refused('not_found', second.call('updateGuest', { params, body: { disabled: true } }));
  await refused(
    'not_found',
    owner.call('updateGuest', { params: { id: bert.id }, body: { disabled: true } }),
  );
  await refused('not_found', owner.call('updateGuest', { params: { id: none }, body: { disabled: true } }));
  assert.equal((await owner.call('updateGuest', { params, body: { expiresAt } })).expiresAt, expiresAt);
  assert.equal((await owner.call('updateGuest', { params, body: { disabled: true } })).disabled, true);
  assert.deepEqual(await own(owner), [[user.id, true]]);
  await refused('unauthenticated', guest.call('listGuests'));
  await refused('forbidden', owner.call('updateGuest', { params, body: { disabled: false } }));
});
