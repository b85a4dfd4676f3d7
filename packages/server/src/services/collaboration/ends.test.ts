import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ALL } from '../access/api.ts';
import { openWorld, type World } from './testing.ts';
import { code } from '../../testing/code.ts';

const hour = 3_600_000;
const all = 'read write share manage';
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function share(from: string, nodeId: string, to: string, expiresAt: number | null = null) {
  const input = { roleId: await world.role(to), role: 'manager', expiresAt } as const;
  return world.nodes[0].collaboration.share(await world.as(from), nodeId, input);
}

async function cellOf(owner: string, member: string, nodeId: string) {
  const members = [{ roleId: await world.role(member), role: 'manager' as const }];
  const input = { name: 'Cell', nodeIds: [nodeId], members };
  return world.nodes[0].collaboration.createCell(await world.as(owner), input);
}

test('what is shown in a cell by a share with an end ends with it, also where that is set later', async () => {
  const { collaboration } = world.nodes[0];
  for (const later of [false, true]) {
    const folder = await world.folder('ann', `plans ${String(later)}`);
    const end = Date.now() + world.clock.ahead + hour;
    const given = await share('ann', folder, 'bob', later ? null : end);
    await cellOf('bob', 'dan', folder);
    await share('bob', folder, 'cat');
    if (later) await collaboration.updateShare(await world.as('ann'), given.id, { expiresAt: end });
    assert.deepEqual([await world.rights('cat', folder), await world.rights('dan', folder)], [all, all]);
    world.clock.ahead += hour + 1000;
    for (const login of ['bob', 'cat', 'dan']) assert.equal(await world.rights(login, folder), '', login);
  }
});

test('the end of a cell reaches what its members passed on, not what its owner has without it', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const cell = await cellOf('ann', 'bob', folder);
  await share('bob', folder, 'cat');
  await share('ann', folder, 'dan');
  const endsAt = Date.now() + hour;
  const guest = await world.as('bob');
  await assert.rejects(
    collaboration.updateCell({ ...guest, principal: { ...guest.principal, guest: true } }, cell.id, {
      endsAt,
    }),
    code('forbidden'),
  );
  await collaboration.updateCell(await world.as('ann'), cell.id, { endsAt });
  world.clock.ahead = hour + 1000;
  assert.deepEqual([await world.rights('cat', folder), await world.rights('dan', folder)], ['', all]);
});

test('nobody holds up by a cell the share that the cell shows the thing by', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const given = await share('ann', folder, 'bob', Date.now() + hour);
  await cellOf('bob', 'dan', folder);
  const change = collaboration.updateShare(await world.as('dan'), given.id, { expiresAt: null });
  await assert.rejects(change, code('forbidden', 'own'));
});

test('a cell keeps nobody a right to what they added and lost by a rule; by a share no rule is set', async () => {
  const { access, tree } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const asAnn = await world.as('ann');
  const { chain } = await tree.locate(asAnn, folder);
  const roleId = await world.role('bob');
  await access.changeRule(asAnn, chain, { roleId, allow: ALL, deny: 0 });
  await cellOf('bob', 'dan', folder);
  await access.changeRule(await world.as('ann'), chain, { roleId, allow: 0, deny: 0 });
  assert.equal(await world.rights('bob', folder), '');
  await share('ann', folder, 'bob');
  const rule = access.changeRule(await world.as('bob'), chain, { roleId, allow: ALL, deny: 0 });
  await assert.rejects(rule, code('forbidden', 'granted'));
});
