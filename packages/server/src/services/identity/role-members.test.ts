import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, contextOf, openCluster, setUp } from './testing.ts';

const secret = 'correct horse 1';

test('the members of every role are those who have it, whichever way, and no others', async () => {
  const cluster = await openCluster();
  try {
    const { node, admin } = await setUp(cluster);
    const { identity } = node;
    const { roles, teams } = identity;
    const staff = await identity.createGroup(admin, 'staff', null);
    const inner = await identity.createGroup(admin, 'inner', staff.id);
    const place = { ann: staff.id, bob: inner.id, cid: inner.id, dora: null, eve: null, fay: staff.id };
    const ids = new Map<string, string>();
    for (const [login, groupId] of Object.entries(place)) {
      const attributes = login === 'dora' || login === 'fay' ? { city: 'Berlin' } : { city: 'Bonn' };
      const made = await identity.createUser(admin, { login, password: secret, groupId, attributes });
      ids.set(login, made.id);
    }
    const idOf = (login: string): string => ids.get(login) ?? '';
    const assigned = await Promise.all(
      [
        { label: 'by hand' },
        { label: 'of a group' },
        { label: 'automatic', autoGroupId: inner.id },
        { label: 'by city', auto: { attribute: 'city', value: 'Berlin' } },
        { label: 'of nobody' },
      ].map((input) => roles.create(admin, input)),
    );
    const [byHand = '', ofGroup = ''] = assigned.map((role) => role.id);
    const minute = cluster.clock.time + 60_000;
    await roles.assign(admin, byHand, { subjectId: idOf('eve'), kind: 'user', expiresAt: null });
    await roles.assign(admin, byHand, { subjectId: idOf('cid'), kind: 'user', expiresAt: minute });
    await roles.assign(admin, ofGroup, { subjectId: staff.id, kind: 'group', expiresAt: minute });
    const { principal } = await identity.login('ann', secret, client, false);
    const team = await teams.create(contextOf(principal), { name: 'crew' });
    await teams.setMember(contextOf(principal), team.id, idOf('eve'), { expiresAt: minute });
    await identity.updateUser(admin, idOf('fay'), { disabled: true });

    const everybody = [...ids.values(), admin.principal.userId ?? ''];
    const check = async (): Promise<void> => {
      const had = new Map<string, string[]>();
      for (const id of everybody)
        for (const role of (await identity.principalOf(id)).roles)
          had.set(role, [...(had.get(role) ?? []), id].sort());
      for (const roleId of new Set([...had.keys(), ...assigned.map((role) => role.id)])) {
        const { items, total } = await identity.membersOfRole(roleId, 50);
        const wanted = had.get(roleId) ?? [];
        assert.deepEqual(items.map(({ id }) => id).sort(), wanted);
        assert.equal(total, wanted.length);
        const first = await identity.membersOfRole(roleId, 1);
        assert.deepEqual([first.items.length, first.total], [Math.min(1, wanted.length), wanted.length]);
      }
      assert.ok(had.size > 12, 'groups, a team, admins, own and assigned roles');
    };
    await check();
    cluster.clock.time = minute;
    await check();
    const { items } = await identity.membersOfRole(byHand, 50);
    assert.deepEqual(
      items.map(({ login, displayName }) => [login, typeof displayName]),
      [['eve', 'string']],
    );
  } finally {
    await cluster.close();
  }
});
