import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { READ } from '../access/api.ts';
import { openWorld, type World } from '../collaboration/testing.ts';
import { code } from '../../testing/code.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function chainOf(nodeId: string): Promise<readonly string[]> {
  return (await world.nodes[0].tree.locate(await world.as('root'), nodeId)).chain;
}

async function commonRoot(): Promise<string> {
  return (await world.nodes[0].workspaces.bySlug(await world.as('root'), 'common')).rootId;
}

async function expectSound(): Promise<void> {
  for await (const finding of world.nodes[0].tree.check({ repair: false }))
    assert.fail(JSON.stringify(finding));
}

test('personal workspaces begin with a copy of a folder, as far as administrators may read it and the quota lets it', async () => {
  const { workspaces, tree, settings, identity, access, contents } = world.nodes[0];
  const asRoot = () => world.as('root');
  const template = await world.folder('root', 'New people', await commonRoot());
  const photos = await world.folder('root', 'Photos', template);
  const readme = await world.put('root', template, 'Read me.txt', 'welcome');
  await world.put('root', await world.folder('root', 'Deep', photos), 'sun.txt', 'shining');
  const secret = await world.folder('root', 'For some', template);
  await world.put('root', secret, 'salaries.txt', 'much');
  const admins = (await access.adminsRoleId()) ?? '';
  const hide = { roleId: admins, allow: 0, deny: READ };
  await access.changeRule(await asRoot(), await chainOf(secret), hide);
  await workspaces.chooseTemplate(await asRoot(), template);
  await settings.set('personal.folders', ['Documents', 'Photos'], { actor: null });

  assert.deepEqual(await world.names('yan', 'personal'), ['Documents', 'Photos', 'Read me.txt']);
  const asYan = await world.as('yan');
  const own = await workspaces.bySlug(asYan, 'personal');
  const found = await tree.resolve(asYan, own, ['Photos', 'Deep', 'sun.txt']);
  const copy = (await tree.resolve(asYan, own, ['Read me.txt'])).found;
  assert.ok(found.found && copy && copy.node.id !== readme);
  assert.equal(copy.node.createdBy, await world.id('yan'));
  const text = await contents.small(copy.node.versionId ?? '', copy.node.size);
  assert.equal(Buffer.from(text ?? []).toString(), 'welcome');
  assert.equal((await tree.usage(own)).used, 14);
  await tree.trash(await asRoot(), readme);
  assert.ok(
    (await world.names('xia', 'personal')).includes('Photos'),
    'later ones begin with what is there then',
  );
  assert.ok(!(await world.names('xia', 'personal')).includes('Read me.txt'));

  const withQuota = async (login: string, quota: number) => {
    await identity.createUser(await asRoot(), { login, password: 'correct horse 9', quota });
    const place = await workspaces.bySlug(await world.as(login), 'personal');
    const names = await world.names(login, 'personal');
    const { found: deep } = await tree.resolve(await world.as(login), place, ['Photos', 'Deep']);
    return [names, deep !== null];
  };
  assert.deepEqual(await withQuota('fits', 7), [['Documents', 'Photos'], true]);
  const bare = [['Documents', 'Photos'], false];
  assert.deepEqual(await withQuota('tight', 6), bare, 'nothing of it rather than a part');

  await assert.rejects(workspaces.chooseTemplate(asYan, template), code('forbidden'));
  const home = await world.folder('root', 'mine', await world.home('root'));
  await assert.rejects(workspaces.chooseTemplate(await asRoot(), home), code('invalid_input', 'readers'));
  const file = await world.put('root', template, 'file.txt');
  await assert.rejects(workspaces.chooseTemplate(await asRoot(), file), code('invalid_input', 'kind'));
  await assert.rejects(workspaces.chooseTemplate(await asRoot(), secret), code('not_found'));
  await tree.trash(await asRoot(), template);
  await assert.rejects(workspaces.chooseTemplate(await asRoot(), template), code('invalid_input', 'trashed'));
  assert.deepEqual(await withQuota('wim', 7), bare, 'what is gone is not copied');
  await workspaces.chooseTemplate(await asRoot(), null);
  await settings.set('personal.folders', [], { actor: null });
  await expectSound();
});

test('what holds too much is not copied, and an account that is not made leaves nothing', async () => {
  const { workspaces, tree, identity } = world.nodes[0];
  const asRoot = await world.as('root');
  const many = await world.folder('root', 'Many', await commonRoot());
  const fifty = await world.folder('root', 'fifty', many);
  for (let n = 0; n < 50; n++) await world.folder('root', `${n}`, fifty);
  for (let n = 0; n < 20; n++) await tree.copy(asRoot, fifty, { parentId: many, name: `copy ${n}` });
  await workspaces.chooseTemplate(asRoot, many);
  assert.equal((await world.names('yan', 'personal')).length, 21);
  const twins = await Promise.allSettled(
    [1, 2].map(() => identity.createUser(asRoot, { login: 'twin', password: 'correct horse 9' })),
  );
  assert.deepEqual(twins.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await world.names('twin', 'personal')).length, 21);
  await expectSound();
  for (let n = 20; n < 40; n++) await tree.copy(asRoot, fifty, { parentId: many, name: `copy ${n}` });
  assert.deepEqual(await world.names('xia', 'personal'), []);
});
