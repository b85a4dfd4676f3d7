/** What the audit log tells of changes: whom or what, how it was and how it is, and never a secret. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Routes } from '@volvox/api';
import type { Output } from '@volvox/client';
import {
  asUser,
  eventually,
  makeTestFolder,
  makeUser,
  startServer,
  upload,
  userPassword,
  workspaceOf,
} from './harness.ts';

type Event = Output<Routes['listAudit']>['items'][number];
type Facts = Readonly<Record<string, unknown>> | null;

const server = await startServer();
const administrator = server.client();
const secrets = ['new-secret-of-bob-1', 'first-of-the-link-2', 'second-of-the-link-3', 'bind-secret-4'];
const [newPassword = '', linkPassword = '', otherPassword = '', bindSecret = ''] = secrets;

const {
  user: { id: adminId },
} = await administrator.call('me');
const bob = await makeUser(server, 'bob');
const eva = await makeUser(server, 'eva');
const about = { userId: bob.id, login: 'bob', displayName: 'bob' };
const folder = await makeTestFolder(administrator);
const end = Date.now() + 86_400_000;

/** Does it, and gives the event of that kind that follows. */
async function eventOf(kind: string, act: () => Promise<unknown>): Promise<Event> {
  const newest = async (): Promise<Event | undefined> =>
    (await administrator.call('listAudit', { query: { kind, limit: 1 } })).items[0];
  const before = (await newest())?.seq ?? 0;
  await act();
  return eventually(`no ${kind} follows`, async () => {
    const event = await newest();
    return event !== undefined && event.seq > before ? event : null;
  });
}

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly act: () => Promise<unknown>;
  readonly before: Facts;
  readonly after: Facts;
  readonly subject?: string;
}

async function check(cases: readonly Case[]): Promise<void> {
  for (const { name, kind, act, before, after, subject } of cases) {
    const event = await eventOf(kind, act);
    assert.deepEqual([event.before, event.after], [before, after], name);
    if (subject !== undefined) assert.equal(event.subjectId, subject, name);
    assert.deepEqual([event.actorId, event.actorLogin], [adminId, 'admin'], name);
    assert.match(event.address ?? '', /127\.0\.0\.1$/, name);
  }
}

test('of accounts: what differs, before and after; of passwords that there is another one', async () => {
  const staff = await administrator.call('createGroup', { body: { name: 'Staff' } });
  const change = (name: string, value: unknown, was: Facts, is: Facts): Case => ({
    name,
    kind: 'user.updated',
    act: () => administrator.call('updateUser', { params: { id: bob.id }, body: { [name]: value } }),
    before: { ...about, ...was },
    after: { ...about, ...is, fields: [name] },
    subject: bob.id,
  });
  await check([
    change('admin', true, { admin: false }, { admin: true }),
    change('admin', false, { admin: true }, { admin: false }),
    change('email', 'bob@example.org', { email: null }, { email: 'bob@example.org' }),
    change('quota', 5_000_000, { quota: null }, { quota: 5_000_000 }),
    change('expiresAt', end, { expiresAt: null }, { expiresAt: end }),
    change('disabled', true, { disabled: false }, { disabled: true }),
    change('disabled', false, { disabled: true }, { disabled: false }),
    change('attributes', { site: 'Bern' }, { attributes: {} }, { attributes: { site: 'Bern' } }),
    change(
      'groupId',
      staff.id,
      { groupId: bob.groupId, group: 'everyone' },
      { groupId: staff.id, group: 'Staff' },
    ),
    change('password', newPassword, {}, {}),
    {
      name: 'a new password is demanded',
      kind: 'password.demanded',
      act: () =>
        administrator.call('demandNewPassword', { params: { id: bob.id }, body: { demanded: true } }),
      before: { demanded: false },
      after: { demanded: true },
      subject: bob.id,
    },
  ]);
});

test('of groups and roles: whom they are given to, until when, and who takes them back', async () => {
  const group = await administrator.call('createGroup', { body: { name: 'Crew' } });
  const role = await administrator.call('createRole', { body: { label: 'Editors' } });
  const other = await administrator.call('createRole', { body: { label: 'Readers' } });
  const given = {
    ...{ roleId: role.id, label: 'Editors', subjectId: bob.id },
    ...{ kind: 'user', login: 'bob', name: 'bob' },
  };
  const params = { id: role.id, subjectId: bob.id };
  const assign = (expiresAt: number | null) => () =>
    administrator.call('assignRole', { params, body: { kind: 'user', expiresAt } });
  const managed = { groupId: group.id, name: 'Crew', ...about };
  const manager = { id: group.id, subjectId: bob.id };
  await check([
    {
      name: 'group renamed',
      kind: 'group.updated',
      act: () => administrator.call('updateGroup', { params: { id: group.id }, body: { name: 'Team' } }),
      before: { groupId: group.id, name: 'Crew', parentId: group.parentId },
      after: { groupId: group.id, name: 'Team', parentId: group.parentId },
      subject: group.id,
    },
    {
      name: 'group manager',
      kind: 'group.updated',
      act: () => administrator.call('addGroupAdmin', { params: manager }),
      before: { ...managed, name: 'Team', manages: false },
      after: { ...managed, name: 'Team', manages: true },
      subject: bob.id,
    },
    {
      name: 'role given',
      kind: 'role.assigned',
      act: assign(null),
      before: null,
      after: { ...given, expiresAt: null },
      subject: bob.id,
    },
    {
      name: 'role until',
      kind: 'role.assigned',
      act: assign(end),
      before: { ...given, expiresAt: null },
      after: { ...given, expiresAt: end },
      subject: bob.id,
    },
    {
      name: 'role taken',
      kind: 'role.unassigned',
      act: () => administrator.call('unassignRole', { params }),
      before: { ...given, expiresAt: end },
      after: null,
      subject: bob.id,
    },
    {
      name: 'role renamed',
      kind: 'role.updated',
      act: () => administrator.call('updateRole', { params: { id: role.id }, body: { label: 'Writers' } }),
      before: { roleId: role.id, label: 'Editors' },
      after: { roleId: role.id, label: 'Writers' },
      subject: role.id,
    },
    {
      name: 'order of roles',
      kind: 'role.updated',
      act: () => administrator.call('orderRoles', { body: { ids: [other.id, role.id] } }),
      before: { order: [role.id, other.id], labels: ['Writers', 'Readers'] },
      after: { order: [other.id, role.id], labels: ['Readers', 'Writers'] },
    },
  ]);
});

test('of teams and Cells: their members', async () => {
  const team = await administrator.call('createTeam', { body: { name: 'Choir' } });
  const member = { params: { id: team.id, subjectId: bob.id } };
  const sings = { teamId: team.id, name: 'Choir', ...about, manager: false, expiresAt: null };
  const cell = await administrator.call('createCell', { body: { name: 'Trip' } });
  const workspace = (await administrator.call('listWorkspaces')).items.find((one) => one.name === 'Trip');
  const { items } = await administrator.call('searchPeople', { query: { q: 'bob' } });
  const role = items[0]?.roleId ?? '';
  const inCell = { params: { id: cell.id, role } };
  const trip = {
    ...{ name: 'Trip', slug: workspace?.slug, quota: null },
    ...{ archived: false, ownerId: null },
  };
  await check([
    {
      name: 'member in',
      kind: 'team.updated',
      act: () => administrator.call('setTeamMember', { ...member, body: {} }),
      before: null,
      after: sings,
      subject: bob.id,
    },
    {
      name: 'member out',
      kind: 'team.updated',
      act: () => administrator.call('removeTeamMember', member),
      before: sings,
      after: null,
      subject: bob.id,
    },
    {
      name: 'team renamed',
      kind: 'team.updated',
      act: () => administrator.call('updateTeam', { params: { id: team.id }, body: { name: 'Band' } }),
      before: { teamId: team.id, name: 'Choir' },
      after: { teamId: team.id, name: 'Band' },
      subject: team.id,
    },
    {
      name: 'Cell renamed',
      kind: 'workspace.updated',
      act: () => administrator.call('updateCell', { params: { id: cell.id }, body: { name: 'Journey' } }),
      before: trip,
      after: { ...trip, name: 'Journey' },
    },
    {
      name: 'Cell ends',
      kind: 'cell.updated',
      act: () => administrator.call('updateCell', { params: { id: cell.id }, body: { endsAt: end } }),
      before: { endsAt: null },
      after: { endsAt: end },
    },
    {
      name: 'member of a Cell in',
      kind: 'cell.updated',
      act: () => administrator.call('setCellMember', { ...inCell, body: { role: 'viewer' } }),
      before: null,
      after: { roleId: role, role: 'viewer', roleName: 'bob' },
      subject: role,
    },
    {
      name: 'another role in a Cell',
      kind: 'cell.updated',
      act: () => administrator.call('setCellMember', { ...inCell, body: { role: 'editor' } }),
      before: { roleId: role, role: 'viewer', roleName: 'bob' },
      after: { roleId: role, role: 'editor', roleName: 'bob' },
      subject: role,
    },
  ]);
});

test('of links: what differs; of passwords and addresses that there are others', async () => {
  const link = await administrator.call('createLink', {
    body: { roots: [folder.id], label: 'Photos', slug: 'a-word-of-my-own' },
  });
  const mine = { ownerId: adminId, ownerName: 'admin' };
  const label = { linkId: link.id, label: 'Photos', ...mine, kind: 'link' };
  type Change = Parameters<typeof administrator.call<'updateLink'>>[1]['body'];
  const change = (name: string, body: Change, was: Facts, is: Facts): Case => ({
    name,
    kind: 'link.updated',
    act: () => administrator.call('updateLink', { params: { id: link.id }, body }),
    before: { ...label, ...was },
    after: { ...label, ...is },
    subject: link.id,
  });
  await check([
    change('set', { password: linkPassword }, { hasPassword: false }, { hasPassword: true, password: 'set' }),
    change('another', { password: otherPassword }, {}, { password: 'changed' }),
    change('none', { password: null }, { hasPassword: true }, { hasPassword: false, password: 'removed' }),
    change('end', { expiresAt: end }, { expiresAt: null }, { expiresAt: end }),
    change('address', { slug: null }, { ownAddress: true }, { ownAddress: false, address: 'changed' }),
    change('off', { disabled: true }, { disabled: 0 }, { disabled: 1 }),
    change(
      'recipients',
      { recipients: ['ada@example.org'] },
      { recipients: [] },
      { recipients: ['ada@example.org'] },
    ),
  ]);
  assert.doesNotMatch(await exported(), /a-word-of-my-own/);
  const asEva = server.client(asUser('eva'));
  const { rootId: id } = await workspaceOf(asEva, 'personal');
  const ownFolder = await asEva.call('createFolder', { params: { id }, body: { name: 'Hers' } });
  const hers = await asEva.call('createLink', { body: { roots: [ownFolder.id], label: 'Of Eva' } });
  const revoke = () => administrator.call('deleteLink', { params: { id: hers.id } });
  const { actorLogin, before } = await eventOf('link.deleted', revoke);
  const { ownerId, ownerName } = before ?? {};
  assert.deepEqual([actorLogin, ownerId, ownerName], ['admin', eva.id, 'eva'], 'whose it was, and by whom');
});

test('of workspaces, apps, directories and policies', async () => {
  const workspace = await administrator.call('createWorkspace', { body: { slug: 'works', name: 'Works' } });
  const works = { name: 'Works', slug: 'works', quota: null, archived: false, ownerId: null };
  const params = { id: workspace.id };
  const app = {
    ...{ name: 'Calendar', confidential: true, redirectUris: ['https://calendar.example.org/back'] },
    ...{ postLogoutRedirectUris: [], backchannelLogoutUri: null, scopes: ['openid' as const] },
    ...{ deviceFlow: false, firstParty: false, signing: 'RS256' as const },
  };
  const made = await administrator.call('createOidcClient', { body: app });
  secrets.push(made.secret ?? '');
  const settings = {
    ...{ kind: 'oidc' as const, issuer: 'https://id.example.org', clientId: 'volvox', scopes: ['openid'] },
    ...{ loginClaim: 'preferred_username', nameClaim: 'name', emailClaim: 'email', groupsClaim: 'groups' },
    ...{ secondStep: false, linking: true, createUsers: false, attributes: {}, groups: [] },
  };
  const directory = { name: 'Elsewhere', enabled: false, position: 0, settings };
  const connector = await administrator.call('createConnector', {
    body: { ...directory, secret: bindSecret },
  });
  const rules = {
    deny: ['write' as const],
    mode: 'unless' as const,
    conditions: { networks: ['10.0.0.0/8'] },
  };
  const policy = await administrator.call('createPolicy', { body: { name: 'Office', ...rules } });
  const office = {
    ...{ id: policy.id, description: '', deny: ['write'], mode: 'unless' },
    conditions: JSON.stringify(rules.conditions),
  };
  const unrooted = { ...works, mountId: null, mount: null };
  const rooted = { ...works, mountId: folder.id, mount: folder.name };
  await check([
    {
      name: 'further root',
      kind: 'workspace.updated',
      act: () => administrator.call('adminAddMount', { params, body: { nodeId: folder.id } }),
      before: unrooted,
      after: rooted,
    },
    {
      name: 'no further root',
      kind: 'workspace.updated',
      act: () => administrator.call('adminRemoveMount', { params: { id: workspace.id, node: folder.id } }),
      before: rooted,
      after: unrooted,
    },
    {
      name: 'workspace renamed',
      kind: 'workspace.updated',
      act: () => administrator.call('updateWorkspace', { params, body: { name: 'Site', quota: 7 } }),
      before: works,
      after: { ...works, name: 'Site', quota: 7 },
    },
    {
      name: 'workspace put away',
      kind: 'workspace.updated',
      act: () => administrator.call('adminArchiveWorkspace', { params, body: { archived: true } }),
      before: { ...works, name: 'Site', quota: 7 },
      after: { ...works, name: 'Site', quota: 7, archived: true },
    },
    {
      name: 'app renamed',
      kind: 'oidc.client',
      act: () =>
        administrator.call('updateOidcClient', {
          params: { id: made.client.id },
          body: { ...app, name: 'Diary' },
        }),
      before: { name: 'Calendar' },
      after: { name: 'Diary' },
      subject: made.client.id,
    },
    {
      name: 'another secret of a directory',
      kind: 'connector.changed',
      act: () =>
        administrator.call('updateConnector', {
          params: { id: connector.id },
          body: { ...directory, name: 'There', secret: `${bindSecret}-2` },
        }),
      before: directory,
      after: { ...directory, name: 'There', secret: 'set' },
      subject: connector.id,
    },
    {
      name: 'policy renamed',
      kind: 'policy.changed',
      act: () =>
        administrator.call('updatePolicy', { params: { id: policy.id }, body: { name: 'Home', ...rules } }),
      before: { ...office, name: 'Office' },
      after: { ...office, name: 'Home' },
      subject: policy.id,
    },
  ]);
  const renewed = await administrator.call('renewOidcSecret', { params: { id: made.client.id }, body: {} });
  secrets.push(renewed.secret);
});

test('finds what was done to somebody by the login and the name of then, and events by their kind', async () => {
  const params = { id: eva.id };
  const named = await eventOf('user.updated', () =>
    administrator.call('updateUser', { params, body: { displayName: 'Eva Stone' } }),
  );
  await administrator.call('updateUser', { params, body: { displayName: 'Eva Wood' } });
  await eventOf('user.deleted', () => administrator.call('deleteUser', { params, query: {} }));
  const found = async (q: string): Promise<readonly Event[]> =>
    (await administrator.call('listAudit', { query: { q, limit: 1000 } })).items;
  assert.ok((await found('EVA STONE')).some((event) => event.id === named.id));
  const kinds = (await found('eva')).filter((event) => event.subjectId === eva.id).map(({ kind }) => kind);
  for (const kind of ['user.created', 'user.updated', 'user.deleted']) assert.ok(kinds.includes(kind), kind);
  const assigned = await found('role.assig');
  assert.ok(assigned.length > 0 && assigned.every(({ kind }) => kind === 'role.assigned'));
});

test('files that are handed over are moved by whoever asked for it, from there', async () => {
  const ian = await makeUser(server, 'ian');
  const client = server.client(asUser('ian'));
  await upload(client, (await workspaceOf(client, 'personal')).rootId, 'left.txt', 'x');
  const moved = await eventOf('node.moved', () =>
    administrator.call('deleteUser', { params: { id: ian.id }, query: { handTo: bob.id } }),
  );
  assert.deepEqual([moved.actorId, moved.actorLogin, moved.after?.['name']], [adminId, 'admin', 'left.txt']);
  assert.match(moved.address ?? '', /127\.0\.0\.1$/);
});

test('whose data was exported is told by name, and only where it was given', async () => {
  const kim = await makeUser(server, 'kim');
  const path = `/api/v1/users/${kim.id}/export`;
  const newest = async () => (await administrator.call('listAudit', { query: { limit: 1 } })).items[0]?.seq;
  const before = await newest();
  const people = '/api/v1/users/export';
  for (const each of [path, people, '/api/v1/admin/audit/export', '/api/v1/me/export']) {
    const answer = await server.fetch('HEAD', each);
    assert.deepEqual([answer.status, await answer.text()], [200, ''], each);
  }
  const event = await eventOf('data.exported', async () => (await server.fetch('GET', path)).arrayBuffer());
  assert.deepEqual([event.subjectId, event.details], [kim.id, { login: 'kim', displayName: 'kim' }]);
  const csv = async (query: string) => (await server.fetch('GET', `${people}${query}`)).text();
  const all = await eventOf('directory.exported', () => csv(''));
  const one = await eventOf('directory.exported', () => csv(`?ids=${kim.id}`));
  assert.deepEqual([all.details, one.details], [{ users: null }, { users: 1 }]);
  const { items } = await administrator.call('listAudit', { query: { limit: 20 } });
  assert.deepEqual(
    items.filter(({ kind, seq }) => kind.endsWith('.exported') && seq > (before ?? 0)).map(({ id }) => id),
    [one.id, all.id, event.id],
  );
});

async function exported(): Promise<string> {
  return (await server.fetch('GET', '/api/v1/admin/audit/export')).text();
}

test('no secret is in any event, and the chain holds', async () => {
  const everything = await exported();
  for (const secret of [...secrets, userPassword, 'argon2id'])
    assert.ok(secret !== '' && !everything.includes(secret), secret);
  const verdict = await administrator.call('verifyAudit', {});
  assert.deepEqual([verdict.ok, verdict.fault], [true, null]);
});
