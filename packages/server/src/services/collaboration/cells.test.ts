import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { openWorld, type World } from './testing.ts';
import { code } from '../../testing/code.ts';

const hour = 3_600_000;
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function makeCell(members: Record<string, 'viewer' | 'editor' | 'manager'>, nodeIds: string[] = []) {
  const list = await Promise.all(
    Object.entries(members).map(async ([login, role]) => ({ roleId: await world.role(login), role })),
  );
  const input = { name: 'Höhle der Löwen', members: list, nodeIds };
  return world.nodes[0].collaboration.createCell(await world.as('ann'), input);
}

test('a cell from nothing is a workspace of its members, and of nobody else', async () => {
  const { workspaces, collaboration } = world.nodes[0];
  const cell = await makeCell({ bob: 'editor', cat: 'viewer' });
  assert.deepEqual([cell.slug, cell.role, cell.people.length], ['hohle-der-lowen', 'owner', 2]);
  await world.put('bob', cell.rootId, 'a.txt');
  assert.deepEqual(await world.names('cat', cell.slug), ['a.txt']);
  await assert.rejects(world.put('cat', cell.rootId, 'b.txt'), code('forbidden'));
  await assert.rejects(workspaces.bySlug(await world.as('eve'), cell.slug), code('not_found'));
  await assert.rejects(collaboration.cell(await world.as('eve'), cell.id), code('not_found'));
  const listed = (await workspaces.list(await world.as('cat'))).map((one) => [one.kind, one.slug]);
  assert.deepEqual(listed, [
    ['personal', 'personal'],
    ['common', 'common'],
    ['cell', cell.slug],
  ]);
  const again = await makeCell({});
  assert.equal(again.slug, 'hohle-der-lowen-2');
});

test('mounts give members what their role and whoever added them allow', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const other = await world.folder('bob', 'drafts');
  const given = { roleId: await world.role('ann'), role: 'manager' } as const;
  await collaboration.share(await world.as('bob'), other, given);
  const cell = await makeCell({ cat: 'editor', dan: 'manager' }, [folder, other]);
  assert.deepEqual(await world.names('cat', cell.slug), ['drafts', 'plans']);
  assert.deepEqual(
    [await world.rights('cat', folder), await world.rights('cat', other)],
    ['read write', 'read write'],
  );
  const file = await world.put('cat', folder, 'by-cat.txt');
  assert.equal(await world.rights('ann', file), 'read write share manage');
  // Eve may only read what she is shown, and so can't add it; nor can a viewer of the cell change the cell.
  await assert.rejects(collaboration.addMounts(await world.as('cat'), cell.id, [folder]), code('forbidden'));
  await collaboration.setMember(await world.as('dan'), cell.id, await world.role('eve'), 'viewer');
  assert.equal(await world.rights('eve', folder), 'read');
  await collaboration.removeMount(await world.as('ann'), cell.id, folder);
  assert.deepEqual([await world.rights('eve', folder), await world.rights('cat', folder)], ['', '']);
});

test('a mount goes when whoever added it loses the share that they could add it by', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('bob', 'drafts');
  const roleId = await world.role('ann');
  const share = await collaboration.share(await world.as('bob'), folder, { roleId, role: 'manager' });
  const cell = await makeCell({ cat: 'viewer' }, [folder]);
  assert.equal(await world.rights('cat', folder), 'read');
  await collaboration.revokeShare(await world.as('bob'), share.id);
  assert.deepEqual([await world.rights('cat', folder), await world.names('cat', cell.slug)], ['', []]);
});

test('whoever may share a thing takes it out of a cell that somebody else put it in', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('bob', 'drafts');
  const roleId = await world.role('ann');
  await collaboration.share(await world.as('bob'), folder, { roleId, role: 'manager' });
  const cell = await makeCell({ cat: 'viewer' }, [folder]);
  const shown = (await collaboration.sharesOf(await world.as('bob'), folder)).cells;
  assert.deepEqual(
    shown.map((one) => [one.id, one.members]),
    [[cell.id, 1]],
  );
  await assert.rejects(collaboration.removeMount(await world.as('cat'), cell.id, folder), code('forbidden'));
  await collaboration.removeMount(await world.as('bob'), cell.id, folder);
  assert.equal(await world.rights('cat', folder), '');
});

test('past its end only the owner gets in, by the clock', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const cell = await makeCell({ bob: 'manager' }, [folder]);
  await collaboration.updateCell(await world.as('ann'), cell.id, { endsAt: Date.now() + hour });
  const asBob = await world.as('bob');
  assert.equal(await world.rights('bob', folder), 'read write share manage');
  world.clock.ahead = hour + 1;
  assert.deepEqual([await world.rights('bob', folder), await world.rights('bob', cell.rootId)], ['', '']);
  await assert.rejects(collaboration.cell(asBob, cell.id), code('not_found'));
  assert.deepEqual(await collaboration.cells(asBob), []);
  const [own] = await collaboration.cells(await world.as('ann'));
  assert.deepEqual([own?.ended, await world.rights('ann', cell.rootId)], [true, 'read write share manage']);
  await collaboration.updateCell(await world.as('ann'), cell.id, { endsAt: null });
  assert.equal(await world.rights('bob', folder), 'read write share manage');
});

test('leaving, removing and handing over', async () => {
  const { collaboration } = world.nodes[0];
  const cell = await makeCell({ bob: 'editor', cat: 'manager' });
  await assert.rejects(collaboration.leaveCell(await world.as('ann'), cell.id), code('conflict', 'owner'));
  await assert.rejects(
    collaboration.updateCell(await world.as('bob'), cell.id, { name: 'x' }),
    code('forbidden'),
  );
  await assert.rejects(
    collaboration.handOver(await world.as('ann'), cell.id, await world.id('eve')),
    code('conflict', 'member'),
  );
  await collaboration.leaveCell(await world.as('bob'), cell.id);
  assert.equal(await world.rights('bob', cell.rootId), '');
  await assert.rejects(
    collaboration.handOver(await world.as('cat'), cell.id, await world.id('cat')),
    code('forbidden'),
  );
  const given = await collaboration.handOver(await world.as('ann'), cell.id, await world.id('cat'));
  assert.deepEqual([given.owner?.name, given.role], ['cat', 'manager']);
  assert.deepEqual(
    given.people.map((one) => [one.subject.name, one.role]),
    [['ann', 'manager']],
  );
  await collaboration.removeMember(await world.as('cat'), cell.id, await world.role('ann'));
  assert.equal(await world.rights('ann', cell.rootId), '');
});

test('members of a group are in, and can leave only with it', async () => {
  const { collaboration, identity } = world.nodes[0];
  const [everyone] = await identity.groups(await world.as('root'));
  const members = [{ roleId: everyone?.roleId ?? '', role: 'viewer' as const }];
  const cell = await collaboration.createCell(await world.as('ann'), { name: 'All', members });
  assert.equal(await world.rights('eve', cell.rootId), 'read');
  await assert.rejects(collaboration.leaveCell(await world.as('eve'), cell.id), code('conflict', 'by_group'));
});

test('a cell with files of its own is not deleted, one without is', async () => {
  const { collaboration, tree } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const cell = await makeCell({ bob: 'editor' }, [folder]);
  const file = await world.put('bob', cell.rootId, 'a.txt');
  await assert.rejects(collaboration.deleteCell(await world.as('bob'), cell.id), code('forbidden'));
  await assert.rejects(
    collaboration.deleteCell(await world.as('ann'), cell.id),
    code('conflict', 'not_empty'),
  );
  await tree.trash(await world.as('ann'), file);
  await assert.rejects(
    collaboration.deleteCell(await world.as('ann'), cell.id),
    code('conflict', 'not_empty'),
  );
  await tree.purge(await world.as('ann'), file);
  await collaboration.deleteCell(await world.as('ann'), cell.id);
  assert.deepEqual(
    [await world.rights('bob', folder), await collaboration.cells(await world.as('ann'))],
    ['', []],
  );
  assert.equal(await world.rights('ann', folder), 'read write share manage');
  for await (const finding of tree.check({ repair: false })) assert.fail(JSON.stringify(finding));
});

test('of somebody who goes, a cell passes to the heir, else to a manager, else to the admins', async () => {
  const { collaboration, identity } = world.nodes[0];
  const first = await makeCell({ bob: 'manager', cat: 'viewer' });
  const second = await makeCell({ cat: 'viewer' });
  await identity.deleteUser(await world.as('root'), await world.id('ann'));
  const kept = await collaboration.cell(await world.as('bob'), first.id);
  assert.deepEqual([kept.owner?.name, kept.people.map((one) => one.subject.name)], ['bob', ['cat']]);
  assert.equal(await world.rights('root', second.rootId), 'read write share manage');
  assert.equal(await world.rights('cat', second.rootId), 'read');
  await identity.deleteUser(await world.as('root'), await world.id('bob'), { handTo: await world.id('cat') });
  assert.equal((await collaboration.cell(await world.as('cat'), first.id)).role, 'owner');
});

test('settings bound who makes cells, and how large they are', async () => {
  const { collaboration, settings } = world.nodes[0];
  await settings.set('cells.defaultQuotaMiB', 1, { actor: null });
  const cell = await makeCell({});
  assert.equal(cell.quota, 1_048_576);
  await assert.rejects(
    collaboration.updateCell(await world.as('ann'), cell.id, { quota: null }),
    code('forbidden'),
  );
  await collaboration.updateCell(await world.as('ann'), cell.id, { quota: 5 });
  await assert.rejects(world.put('ann', cell.rootId, 'a.txt', 'too long for it'), code('quota_exceeded'));
  await settings.set('cells.enabled', false, { actor: null });
  await assert.rejects(makeCell({}), code('forbidden'));
});
