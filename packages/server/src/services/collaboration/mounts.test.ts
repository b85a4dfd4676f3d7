import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { systemContext, type Context } from '../../kernel/context.ts';
import { ALL, READ, RECEIVED_ROOT, WRITE } from '../access/api.ts';
import { openWorld, type World } from './testing.ts';
import { code } from '../../testing/code.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function give(
  nodeId: string,
  to = 'bob',
  role: 'viewer' | 'editor' | 'manager' = 'editor',
  from = 'ann',
) {
  const input = { roleId: await world.role(to), role, notify: false };
  return world.nodes[0].collaboration.share(await world.as(from), nodeId, input);
}

async function at(login: string, path: string) {
  const [slug = '', ...names] = path.split('/');
  const context = await world.as(login);
  const { tree, workspaces } = world.nodes[0];
  return tree.resolve(context, await workspaces.bySlug(context, slug), names);
}

async function walked(context: Context, rootId: string): Promise<string[]> {
  const { tree } = world.nodes[0];
  const paths: string[] = [];
  for await (const { names } of tree.walk(context, await tree.locate(context, rootId), context.signal))
    paths.push(names.join('/'));
  return paths.sort();
}

test('what was received is found under its mount, with the rights, the home and the chain that are its own', async () => {
  const folder = await world.folder('ann', 'plans');
  const inner = await world.folder('ann', 'inner', folder);
  await world.put('ann', inner, 'a.txt');
  await give(folder);
  const { found, parent } = await at('bob', 'shared/plans/inner/a.txt');
  const home = await world.home('ann');
  assert.equal(found?.workspace.rootId, home);
  assert.deepEqual([found.chain.slice(0, 3), found.permissions], [[home, folder, inner], READ | WRITE]);
  assert.deepEqual([parent?.node.id, found.mounted], [inner, undefined]);
  const mount = await at('bob', 'shared/plans');
  assert.deepEqual([mount.found?.mounted, mount.parent?.node.id], [true, RECEIVED_ROOT]);
  assert.equal((await at('bob', 'shared/plans/new')).parent?.node.id, folder);
  assert.equal((await at('bob', 'shared/none')).found, null);
  assert.deepEqual(await walked(await world.as('bob'), RECEIVED_ROOT), [
    'plans',
    'plans/inner',
    'plans/inner/a.txt',
  ]);
});

test('everybody may read the root of `shared`, and nobody else can do anything to it', async () => {
  const { tree, access, workspaces } = world.nodes[0];
  for (const login of ['bob', 'root']) {
    const context = await world.as(login);
    assert.equal(await access.decide(context.principal, [RECEIVED_ROOT]), READ);
    await assert.rejects(tree.createFolder(context, RECEIVED_ROOT, 'x'), code('forbidden'));
    await assert.rejects(tree.trash(context, RECEIVED_ROOT), code('forbidden'));
    await assert.rejects(
      access.changeRule(context, [RECEIVED_ROOT], {
        roleId: context.principal.roles[0] ?? '',
        allow: ALL,
        deny: 0,
      }),
      code('forbidden'),
    );
    assert.ok(!(await workspaces.list(context)).some((one) => one.kind === 'received'));
  }
  await workspaces.ensureReceived();
  await give(await world.folder('ann', 'plans'));
  assert.ok((await workspaces.list(await world.as('bob'))).some((one) => one.slug === 'shared'));
});

test('a visitor of a link sees its roots there, and the system sees none', async () => {
  const { tree, workspaces } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  await world.folder('ann', 'other');
  const { principal } = await world.as('ann');
  const linkId = '0192f0c1-0000-7000-8000-0000000000b1';
  const confined = {
    linkId,
    ownerId: principal.userId ?? '',
    roots: new Map([[folder, READ]]),
    visitId: null,
  };
  const visitor: Context = {
    ...systemContext('test'),
    principal: { ...principal, userId: linkId, via: 'link', confined },
  };
  const shared = await workspaces.bySlug(visitor, 'shared');
  assert.deepEqual(
    (await tree.mounts(visitor, shared)).map((one) => [one.node.name, one.permissions]),
    [['plans', READ]],
  );
  assert.deepEqual(await tree.mounts(systemContext(), shared), []);
});

test('the same name twice gets a number, and one in the root keeps its own', async () => {
  for (const login of ['ann', 'cat', 'dan'])
    await give(await world.folder(login, 'plans'), 'bob', 'viewer', login);
  assert.deepEqual(await world.names('bob', 'shared'), ['plans', 'plans (2)', 'plans (3)']);
  const { collaboration } = world.nodes[0];
  const plans = await world.folder('ann', 'more');
  const cell = await collaboration.createCell(await world.as('ann'), { name: 'Cell', nodeIds: [plans] });
  const own = await world.folder('ann', 'more', cell.rootId);
  await world.folder('ann', 'more (2)', cell.rootId);
  assert.deepEqual(await world.names('ann', cell.slug), ['more (3)', 'more', 'more (2)']);
  assert.equal((await at('ann', `${cell.slug}/more`)).found?.node.id, own);
  assert.equal((await at('ann', `${cell.slug}/more (3)`)).found?.node.id, plans);
});

test('what is trashed, purged or hidden shows no longer; what is moved or renamed goes on showing', async () => {
  const { tree } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const inner = await world.folder('ann', 'inner', folder);
  await give(inner);
  const asAnn = await world.as('ann');
  await tree.move(asAnn, inner, { parentId: await world.home('ann'), name: 'renamed' });
  assert.deepEqual(await world.names('bob', 'shared'), ['renamed']);
  await tree.move(asAnn, inner, { parentId: folder });
  await tree.trash(asAnn, folder);
  assert.deepEqual(await world.names('bob', 'shared'), []);
  await tree.restore(asAnn, folder);
  assert.deepEqual(await world.names('bob', 'shared'), ['renamed']);
  await tree.trash(asAnn, inner);
  await tree.purge(asAnn, inner);
  assert.deepEqual(await world.names('bob', 'shared'), []);
  const { collaboration } = world.nodes[0];
  assert.deepEqual((await collaboration.receivedShares(await world.as('bob'), { limit: 9 })).items, []);
});

test('no way through mounts leads back: roots that mount each other, and a folder beside itself', async () => {
  const { collaboration, workspaces } = world.nodes[0];
  const asRoot = await world.as('root');
  const a = await workspaces.create(asRoot, { slug: 'a', name: 'A' });
  const b = await workspaces.create(asRoot, { slug: 'b', name: 'B' });
  await workspaces.mount(asRoot, a.id, { id: b.rootId, name: 'B' });
  await workspaces.mount(asRoot, b.id, { id: a.rootId, name: 'A' });
  await world.put('root', a.rootId, 'in-a.txt');
  await world.put('root', b.rootId, 'in-b.txt');
  assert.deepEqual(await walked(await world.as('root'), a.rootId), ['B', 'B/in-b.txt', 'in-a.txt']);
  assert.equal((await at('root', 'a/B/A/in-a.txt')).found, null);
  assert.equal((await at('root', 'a/B/in-b.txt')).found?.node.name, 'in-b.txt');
  const cell = await collaboration.createCell(asRoot, { name: 'Cell' });
  await assert.rejects(
    collaboration.addMounts(await world.as('root'), cell.id, [cell.rootId]),
    code('conflict', 'mount'),
  );
  const below = await world.folder('root', 'below', cell.rootId);
  await assert.rejects(
    collaboration.addMounts(await world.as('root'), cell.id, [below]),
    code('conflict', 'mount'),
  );
});

test('bytes are charged to the home of a mount', async () => {
  const { workspaces, tree, identity } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  await give(folder);
  await world.put('bob', folder, 'a.txt', '12345');
  const used = async (login: string): Promise<number> => {
    const context = await world.as(login);
    return (await tree.usage(await workspaces.bySlug(context, 'personal'))).used;
  };
  assert.deepEqual([await used('ann'), await used('bob')], [5, 0]);
  await identity.updateUser(await world.as('root'), await world.id('ann'), { quota: 7 });
  await assert.rejects(world.put('bob', folder, 'b.txt', '12345'), code('quota_exceeded'));
});

test('search finds what was received, and nothing of it once that is over', async () => {
  const { search, journal, collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'zebra plans');
  const share = await give(folder);
  await journal.settled();
  const found = async (): Promise<number> =>
    (await search.search(await world.as('bob'), { text: 'zebra' }, 10)).items.length;
  assert.equal(await found(), 1);
  await collaboration.revokeShare(await world.as('ann'), share.id);
  assert.equal(await found(), 0);
});

test('a thousand mounts are listed in pages, in every order', async (t) => {
  const { tree, collaboration } = world.nodes[0];
  const parent = await world.folder('ann', 'all');
  const ids: string[] = [];
  const asAnn = await world.as('ann');
  for (let n = 0; n < 1000; n++) ids.push((await tree.createFolder(asAnn, parent, `n${n}`)).node.id);
  const input = { name: 'Big', members: [{ roleId: await world.role('bob'), role: 'viewer' as const }] };
  const cell = await collaboration.createCell(await world.as('ann'), input);
  for (let n = 0; n < 1000; n += 200)
    await collaboration.addMounts(await world.as('ann'), cell.id, ids.slice(n, n + 200));
  const asBob = await world.as('bob');
  const root = await tree.locate(asBob, cell.rootId);
  const begun = performance.now();
  const seen: string[] = [];
  const options = { sort: 'name', order: 'desc', limit: 300 } as const;
  let page = await tree.list(asBob, root, options);
  assert.equal(page.total, undefined);
  for (;;) {
    seen.push(...page.items.map((item) => item.node.name));
    if (page.next === null) break;
    page = await tree.list(asBob, root, { ...options, cursor: page.next });
  }
  t.diagnostic(`four pages of 1,000 mounts: ${(performance.now() - begun).toFixed(0)} ms`);
  assert.deepEqual([seen.length, new Set(seen).size, seen[0], seen.at(-1)], [1000, 1000, 'n999', 'n0']);
  const { found } = await tree.resolve(asBob, root.workspace, ['n500']);
  assert.equal(found?.node.id, ids[500]);
  await assert.rejects(
    collaboration.addMounts(await world.as('ann'), cell.id, [parent]),
    code('conflict', 'many'),
  );
});

test('personal workspaces begin with the folders that a setting names', async () => {
  const { settings, tree } = world.nodes[0];
  await settings.set('personal.folders', ['Documents', 'Photos', 'Documents'], { actor: null });
  assert.deepEqual(await world.names('zoe', 'personal'), ['Documents', 'Photos']);
  await assert.rejects(settings.set('personal.folders', ['a/b'], { actor: null }), code('invalid_input'));
  for await (const finding of tree.check({ repair: false })) assert.fail(JSON.stringify(finding));
});

test('an archived workspace is there for admins only, to be read', async () => {
  const { workspaces, tree, access } = world.nodes[0];
  const made = await workspaces.create(await world.as('root'), { slug: 'old', name: 'Old' });
  const rule = { roleId: await world.role('bob'), allow: READ | WRITE, deny: 0 };
  await access.changeRule(await world.as('root'), [made.rootId], rule);
  const file = await world.put('bob', made.rootId, 'a.txt');
  await workspaces.archive(await world.as('root'), made.id, true);
  const asBob = await world.as('bob');
  await assert.rejects(workspaces.bySlug(asBob, 'old'), code('not_found'));
  await assert.rejects(tree.locate(asBob, file), code('not_found'));
  assert.ok(!(await workspaces.list(asBob)).some((one) => one.slug === 'old'));
  await tree.locate(await world.as('root'), file);
  await assert.rejects(world.put('root', made.rootId, 'b.txt'), code('forbidden', 'archived'));
  await assert.rejects(tree.trash(await world.as('root'), file), code('forbidden', 'archived'));
  await workspaces.archive(await world.as('root'), made.id, false);
  await world.put('bob', made.rootId, 'b.txt');
  await assert.rejects(
    workspaces.delete(await world.as('root'), made.id, 'wrong'),
    code('invalid_input', 'confirm'),
  );
  await assert.rejects(
    workspaces.delete(await world.as('root'), made.id, 'old'),
    code('conflict', 'not_empty'),
  );
});
