/** Who leaves a team, group or role keeps nothing alive that they passed on by it; what ends by the clock ends for those they gave it to, too. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { systemContext } from '../../kernel/context.ts';
import { ALL } from '../access/api.ts';
import { openWorld, type World } from './testing.ts';

const hour = 3_600_000;
const all = 'read write share manage';
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function give(from: string, nodeId: string, roleId: string, role: 'viewer' | 'manager' = 'manager') {
  return world.nodes[0].collaboration.share(await world.as(from), nodeId, { roleId, role });
}

async function share(from: string, nodeId: string, to: string) {
  return give(from, nodeId, await world.role(to));
}

/** Of ann, with bob in it. */
async function teamOf(expiresAt: number | null = null) {
  const { teams } = world.nodes[0].identity;
  const team = await teams.create(await world.as('ann'), { name: 'Trip' });
  await teams.setMember(await world.as('ann'), team.id, await world.id('bob'), { expiresAt });
  return team;
}

/** A workspace in which a role may do everything. */
async function workspaceFor(roleId: string): Promise<string> {
  const { access, workspaces } = world.nodes[0];
  const { rootId } = await workspaces.create(await world.as('root'), { slug: 'plans', name: 'Plans' });
  await access.changeRule(await world.as('root'), [rootId], { roleId, allow: ALL, deny: 0 });
  return rootId;
}

async function shown(owner: string, nodeId: string, member: string): Promise<void> {
  const members = [{ roleId: await world.role(member), role: 'manager' as const }];
  const input = { name: 'Cell', nodeIds: [nodeId], members };
  await world.nodes[0].collaboration.createCell(await world.as(owner), input);
}

/** A link of somebody to a folder: whether a visitor still gets in. */
async function linkOf(login: string, nodeId: string): Promise<() => Promise<boolean>> {
  const { sharing, identity } = world.nodes[0];
  const made = await sharing.create(await world.as(login), { roots: [nodeId] });
  const client = { address: '192.0.2.1', userAgent: 'test' };
  return () =>
    identity
      .authenticate({ kind: 'link', token: made.token, secret: '', by: 'cookie' }, client)
      .then((principal) => sharing.roots({ ...systemContext('test'), principal }))
      .then(
        () => true,
        () => false,
      );
}

for (const how of ['leaves', 'is removed', 'is a member of a team that goes'] as const)
  test(`who ${how} takes back what the team let them pass on, and what was passed on by that`, async () => {
    const { identity, collaboration } = world.nodes[0];
    const folder = await world.folder('ann', 'plans');
    const own = await world.folder('bob', 'own');
    const team = await teamOf();
    await give('ann', folder, team.roleId);
    await share('bob', folder, 'cat');
    await share('cat', folder, 'dan');
    await shown('bob', folder, 'eve');
    await share('bob', own, 'cat');
    await share('ann', folder, 'fay');
    const open = await linkOf('bob', folder);
    for (const login of ['cat', 'dan', 'eve', 'fay'])
      assert.equal(await world.rights(login, folder), all, login);
    assert.equal(await open(), true);
    const { teams } = identity;
    if (how === 'leaves') await teams.removeMember(await world.as('bob'), team.id, await world.id('bob'));
    else if (how === 'is removed')
      await teams.removeMember(await world.as('ann'), team.id, await world.id('bob'));
    else await teams.delete(await world.as('ann'), team.id);
    for (const login of ['bob', 'cat', 'dan', 'eve'])
      assert.equal(await world.rights(login, folder), '', login);
    assert.equal(await open(), false);
    assert.deepEqual([await world.rights('cat', own), await world.rights('fay', folder)], [all, all]);
    const given = await collaboration.givenShares(await world.as('bob'), { limit: 10 });
    assert.deepEqual(
      given.items.map((one) => one.nodeId),
      [own],
    );
    const left = await collaboration.sharesOf(await world.as('ann'), folder);
    const receivers = left.items.map((one) => one.subject.name).sort();
    assert.deepEqual(receivers, how.endsWith('goes') ? ['fay'] : ['Trip', 'fay']);
  });

test('a membership that ends, ends what was passed on by it, without a job', async () => {
  const end = Date.now() + hour;
  const folder = await world.folder('ann', 'plans');
  const team = await teamOf(end);
  await give('ann', folder, team.roleId);
  assert.equal((await share('bob', folder, 'cat')).expiresAt, end);
  await share('cat', folder, 'dan');
  await shown('bob', folder, 'eve');
  const open = await linkOf('bob', folder);
  for (const login of ['cat', 'dan', 'eve']) assert.equal(await world.rights(login, folder), all, login);
  assert.equal(await open(), true);
  world.clock.ahead = hour + 1000;
  for (const login of ['bob', 'cat', 'dan', 'eve'])
    assert.equal(await world.rights(login, folder), '', login);
  assert.equal(await open(), false);
});

test('a membership that is given an end later gives it to what was passed on', async () => {
  const { teams } = world.nodes[0].identity;
  const folder = await world.folder('ann', 'plans');
  const team = await teamOf();
  await give('ann', folder, team.roleId);
  await share('bob', folder, 'cat');
  await shown('bob', folder, 'eve');
  const bob = await world.id('bob');
  await teams.setMember(await world.as('ann'), team.id, bob, { expiresAt: Date.now() + hour });
  assert.deepEqual([await world.rights('cat', folder), await world.rights('eve', folder)], [all, all]);
  world.clock.ahead = hour + 1000;
  assert.deepEqual([await world.rights('cat', folder), await world.rights('eve', folder)], ['', '']);
});

test('of two ways to a right the longer one counts, and losing the other takes nothing away', async () => {
  const { teams } = world.nodes[0].identity;
  const folder = await world.folder('ann', 'plans');
  const team = await teamOf(Date.now() + hour);
  await give('ann', folder, team.roleId);
  await share('ann', folder, 'bob');
  const given = await share('bob', folder, 'cat');
  assert.equal(given.expiresAt, null);
  await teams.removeMember(await world.as('bob'), team.id, await world.id('bob'));
  assert.equal(await world.rights('cat', folder), all);
});

for (const how of ['unassigned', 'gone', 'ends', 'attribute', 'group'] as const)
  test(`a role that is taken away (${how}) takes what was passed on by its rules along`, async () => {
    const { identity } = world.nodes[0];
    const root = await world.as('root');
    const bob = await world.id('bob');
    const group = await identity.createGroup(root, 'Staff', null);
    const role = await identity.roles.create(root, {
      label: 'Planners',
      ...(how === 'attribute' ? { auto: { attribute: 'job', value: 'planner' } } : {}),
      ...(how === 'group' ? { autoGroupId: group.id } : {}),
    });
    if (how === 'attribute') await identity.updateUser(root, bob, { attributes: { job: 'planner' } });
    else if (how === 'group') await identity.updateUser(root, bob, { groupId: group.id });
    else await identity.roles.assign(root, role.id, { subjectId: bob, kind: 'user', expiresAt: null });
    const place = await workspaceFor(role.id);
    await share('bob', place, 'cat');
    await shown('bob', place, 'eve');
    assert.deepEqual([await world.rights('cat', place), await world.rights('eve', place)], [all, all]);
    if (how === 'unassigned') await identity.roles.unassign(root, role.id, bob);
    else if (how === 'gone') await identity.roles.delete(root, role.id);
    else if (how === 'attribute') await identity.updateUser(root, bob, { attributes: {} });
    else if (how === 'group') await identity.updateUser(root, bob, { groupId: null });
    else {
      const expiresAt = Date.now() + hour;
      await identity.roles.assign(root, role.id, { subjectId: bob, kind: 'user', expiresAt });
      assert.equal(await world.rights('cat', place), all);
      world.clock.ahead = hour + 1000;
    }
    for (const login of ['bob', 'cat', 'eve']) assert.equal(await world.rights(login, place), '', login);
  });

for (const kind of ['user', 'group'] as const)
  test(`what is passed on by a role that a ${kind} has for a time ends with it, whatever end is asked for`, async () => {
    const { identity, collaboration } = world.nodes[0];
    const root = await world.as('root');
    const end = Date.now() + hour;
    const group = await identity.createGroup(root, 'Staff', null);
    await identity.updateUser(root, await world.id('bob'), { groupId: group.id });
    const role = await identity.roles.create(root, { label: 'Planners' });
    const subjectId = kind === 'user' ? await world.id('bob') : group.id;
    await identity.roles.assign(root, role.id, { subjectId, kind, expiresAt: end });
    const place = await workspaceFor(role.id);
    const given = await share('bob', place, 'cat');
    await shown('bob', place, 'eve');
    const { expiresAt } = await collaboration.updateShare(await world.as('bob'), given.id, {
      expiresAt: end + hour,
    });
    assert.deepEqual([given.expiresAt, expiresAt], [end, end]);
    const passedOn = await share('cat', place, 'dan');
    assert.equal(passedOn.expiresAt, end);
    const open = await linkOf('bob', place);
    world.clock.ahead = hour + 1000;
    for (const login of ['bob', 'cat', 'dan', 'eve'])
      assert.equal(await world.rights(login, place), '', login);
    assert.equal(await open(), false);
  });

for (const how of ['leaves', 'is lowered', 'had it by a team that ends', 'is removed'] as const)
  test(`members of a Cell are the Cell's own: who was let in by a manager that ${how} stays`, async () => {
    const { identity, collaboration } = world.nodes[0];
    const folder = await world.folder('ann', 'plans');
    const team = await teamOf(Date.now() + hour);
    const roleId = how === 'had it by a team that ends' ? team.roleId : await world.role('bob');
    const members = [{ roleId, role: 'manager' as const }];
    const input = { name: 'Cell', nodeIds: [folder], members };
    const { id } = await collaboration.createCell(await world.as('ann'), input);
    await collaboration.setMember(await world.as('bob'), id, await world.role('cat'), 'manager');
    await share('bob', folder, 'dan');
    if (how === 'leaves') await collaboration.leaveCell(await world.as('bob'), id);
    else if (how === 'is lowered') await collaboration.setMember(await world.as('ann'), id, roleId, 'viewer');
    else if (how === 'is removed') await identity.deleteUser(await world.as('root'), await world.id('bob'));
    else world.clock.ahead = hour + 1000;
    assert.deepEqual([await world.rights('cat', folder), await world.rights('dan', folder)], [all, '']);
    await collaboration.removeMember(await world.as('ann'), id, await world.role('cat'));
    assert.equal(await world.rights('cat', folder), '', 'whoever manages it now decides');
  });

for (const how of ['moved', 'no longer assigned', 'no longer by itself', 'demoted'] as const)
  test(`what many lose at once (${how}) is taken back from each`, async () => {
    const { identity } = world.nodes[0];
    const root = await world.as('root');
    const top = await identity.createGroup(root, 'Staff', null);
    const group = await identity.createGroup(root, 'Planners', top.id);
    for (const login of ['bob', 'hal'])
      await identity.updateUser(root, await world.id(login), { groupId: group.id, admin: how === 'demoted' });
    const role = await identity.roles.create(root, { label: 'Planners', autoGroupId: top.id });
    if (how === 'no longer assigned') {
      await identity.roles.update(root, role.id, { autoGroupId: null });
      await identity.roles.assign(root, role.id, { subjectId: top.id, kind: 'group', expiresAt: null });
    }
    const admins = (await world.nodes[0].access.adminsRoleId()) ?? '';
    const roles = { moved: top.roleId, demoted: admins, 'no longer assigned': role.id };
    const place = await workspaceFor({ ...roles, 'no longer by itself': role.id }[how]);
    await share('bob', place, 'cat');
    await share('hal', place, 'dan');
    assert.deepEqual([await world.rights('cat', place), await world.rights('dan', place)], [all, all]);
    if (how === 'moved') await identity.updateGroup(root, group.id, { parentId: null });
    else if (how === 'no longer assigned') await identity.roles.unassign(root, role.id, top.id);
    else if (how === 'no longer by itself') await identity.roles.update(root, role.id, { autoGroupId: null });
    else
      for (const login of ['bob', 'hal'])
        await identity.updateUser(root, await world.id(login), { admin: false });
    assert.deepEqual([await world.rights('cat', place), await world.rights('dan', place)], ['', '']);
  });

test('losing one role leaves alone what rests on others, what was stale before, and what an administrator mounted', async () => {
  const { identity, access, workspaces, collaboration } = world.nodes[0];
  const root = await world.as('root');
  const rule = { roleId: await world.role('bob'), allow: ALL, deny: 0 };
  const { rootId, id } = await workspaces.create(root, { slug: 'old', name: 'Old' });
  await access.changeRule(root, [rootId], rule);
  const old = await share('bob', rootId, 'cat');
  await access.changeRule(await world.as('root'), [rootId], { ...rule, allow: 0 });
  const folder = await world.folder('ann', 'plans');
  const other = await world.folder('ann', 'other');
  const team = await teamOf();
  await give('ann', folder, team.roleId);
  await share('ann', other, 'bob');
  await share('bob', other, 'dan');
  await share('ann', other, 'hal');
  await identity.updateUser(root, await world.id('hal'), { admin: true });
  await workspaces.mount(await world.as('hal'), id, { id: other, name: null });
  await identity.updateUser(root, await world.id('hal'), { admin: false });
  await identity.teams.removeMember(await world.as('bob'), team.id, await world.id('bob'));
  assert.deepEqual([await world.rights('dan', other), await world.rights('cat', rootId)], [all, all]);
  const [shownOld] = (await collaboration.sharesOf(await world.as('root'), rootId)).items;
  assert.deepEqual([shownOld?.id, shownOld?.stale], [old.id, true]);
  assert.deepEqual(
    (await workspaces.mountsOf(null, id)).map((mount) => mount.nodeId),
    [other],
  );
});

test('who is removed takes along what was shared with them and what they passed on by that', async () => {
  const { identity } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const own = await world.folder('ann', 'own');
  await share('ann', folder, 'bob');
  await share('bob', folder, 'cat');
  await shown('ann', own, 'bob');
  await share('bob', own, 'dan');
  await identity.deleteUser(await world.as('root'), await world.id('bob'));
  assert.deepEqual([await world.rights('cat', folder), await world.rights('dan', own)], ['', '']);
});

test('what was passed on by a rule to share and a share to write ends with that share', async () => {
  const { access, collaboration, workspaces } = world.nodes[0];
  const admin = await world.as('root');
  const { rootId } = await workspaces.create(admin, { slug: 'half', name: 'Half' });
  await access.changeRule(admin, [rootId], { roleId: await world.role('ann'), allow: ALL, deny: 0 });
  await access.changeRule(admin, [rootId], { roleId: await world.role('bob'), allow: 5, deny: 0 });
  const editor = async (from: string, to: string) =>
    collaboration.share(await world.as(from), rootId, { roleId: await world.role(to), role: 'editor' });
  const { id } = await editor('ann', 'bob');
  await editor('bob', 'cat');
  assert.equal(await world.rights('cat', rootId), 'read write');
  await collaboration.revokeShare(await world.as('ann'), id);
  assert.equal(await world.rights('bob', rootId), 'read share');
  assert.equal(await world.rights('cat', rootId), '');
});
