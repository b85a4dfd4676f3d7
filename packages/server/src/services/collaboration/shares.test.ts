import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { systemContext, type Context } from '../../kernel/context.ts';
import { READ, SHARE, WRITE } from '../access/api.ts';
import { openWorld, type World } from './testing.ts';
import { code } from '../../testing/code.ts';

const hour = 3_600_000;
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function share(
  from: string,
  nodeId: string,
  to: string,
  role: 'viewer' | 'editor' | 'manager' = 'viewer',
  expiresAt: number | null = null,
) {
  const input = { roleId: await world.role(to), role, expiresAt };
  return world.nodes[0].collaboration.share(await world.as(from), nodeId, input);
}

test('each role gives what it says, on the node and below, and no more', async () => {
  const folder = await world.folder('ann', 'plans');
  const file = await world.put('ann', folder, 'a.txt');
  const { tree, contents } = world.nodes[0];
  const expected = { viewer: 'read', editor: 'read write', manager: 'read write share manage' } as const;
  for (const role of ['viewer', 'editor', 'manager'] as const) {
    await share('ann', folder, role, role);
    assert.deepEqual(
      [await world.rights(role, folder), await world.rights(role, file)],
      [expected[role], expected[role]],
    );
    const context = await world.as(role);
    const content = await contents.write(context, Buffer.from(role));
    const writing = tree.putFile(context, { parentId: folder, name: `${role}.txt` }, content);
    if (role === 'viewer') await assert.rejects(writing, code('forbidden'));
    else await writing;
    const passing = share(role, file, `friend-of-${role}`);
    if (role === 'manager') await passing;
    else await assert.rejects(passing, code('forbidden'));
  }
  assert.equal(await world.rights('ann', folder), 'read write share manage');
  await assert.rejects(tree.locate(await world.as('viewer'), await world.home('ann')), code('not_found'));
});

test('nobody gives more than they have, and nothing that they may not share', async () => {
  const folder = await world.folder('ann', 'plans');
  const roleId = await world.role('cat');
  const everyone = (await world.as('bob')).principal.roles[0] ?? '';
  const { access, workspaces, collaboration } = world.nodes[0];
  // Bob may read and share in a workspace, not write.
  const made = await workspaces.create(await world.as('root'), { slug: 'team', name: 'Team' });
  await access.changeRule(await world.as('root'), [made.rootId], {
    roleId: everyone,
    allow: READ | SHARE,
    deny: 0,
  });
  const asBob = await world.as('bob');
  await assert.rejects(
    collaboration.share(asBob, made.rootId, { roleId, role: 'editor' }),
    code('forbidden'),
  );
  await collaboration.share(asBob, made.rootId, { roleId, role: 'viewer' });
  await assert.rejects(collaboration.share(asBob, folder, { roleId, role: 'viewer' }), code('not_found'));
  await assert.rejects(
    collaboration.share(await world.as('ann'), folder, { roleId: await world.role('ann'), role: 'viewer' }),
    code('conflict', 'self'),
  );
  await share('ann', folder, 'cat');
  await assert.rejects(share('ann', folder, 'cat', 'editor'), code('conflict', 'shared_already'));
});

test('a denial below a share holds, in lists as well', async () => {
  const folder = await world.folder('ann', 'plans');
  const secret = await world.folder('ann', 'secret', folder);
  const { access, tree } = world.nodes[0];
  const chain = (await tree.locate(await world.as('ann'), secret)).chain;
  await share('ann', folder, 'bob', 'editor');
  await access.changeRule(await world.as('ann'), chain, {
    roleId: await world.role('bob'),
    allow: 0,
    deny: READ,
  });
  const asBob = await world.as('bob');
  const page = await tree.list(asBob, await tree.locate(asBob, folder), {
    sort: 'name',
    order: 'asc',
    limit: 10,
  });
  assert.deepEqual(page.items, []);
  assert.equal(await world.rights('bob', secret), '');
});

test('what is revoked is gone on another node with its next request', async () => {
  await world.close();
  world = await openWorld(2);
  const [first, second] = world.nodes;
  assert.ok(second);
  const folder = await world.folder('ann', 'plans');
  const given = await share('ann', folder, 'bob', 'editor');
  const there = async (): Promise<Context> => ({
    ...systemContext('test'),
    principal: await second.identity.principalOf(await world.id('bob')),
  });
  const shared = async (): Promise<number> => {
    const context = await there();
    return (await second.tree.mounts(context, await second.workspaces.bySlug(context, 'shared'))).length;
  };
  assert.equal(await shared(), 1);
  assert.equal((await second.tree.locate(await there(), folder)).permissions, READ | WRITE);
  await first.collaboration.revokeShare(await world.as('ann'), given.id);
  await assert.rejects(second.tree.locate(await there(), folder), code('not_found'));
  assert.equal(await shared(), 0);
});

test('an end holds by the clock alone, also where the principal is an old one', async () => {
  const folder = await world.folder('ann', 'plans');
  await share('ann', folder, 'bob', 'viewer', Date.now() + hour);
  const asBob = await world.as('bob');
  const { tree, collaboration } = world.nodes[0];
  await tree.locate(asBob, folder);
  assert.deepEqual(await world.names('bob', 'shared'), ['plans']);
  world.clock.ahead = hour + 1;
  await assert.rejects(tree.locate(asBob, folder), code('not_found'));
  assert.deepEqual(await world.names('bob', 'shared'), []);
  assert.deepEqual((await collaboration.receivedShares(asBob, { limit: 10 })).items, []);
  await assert.rejects(share('ann', folder, 'bob', 'viewer', Date.now()), code('invalid_input', 'past'));
  await share('ann', folder, 'bob'); // the ended one makes room
});

test('what was passed on by a share goes with it, or is lowered out of reach', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const below = await world.folder('ann', 'below', folder);
  const first = await share('ann', folder, 'bob', 'manager', Date.now() + hour);
  const second = await share('bob', below, 'cat', 'manager');
  assert.equal(second.expiresAt, first.expiresAt);
  await share('cat', below, 'dan', 'viewer');
  assert.equal(await world.rights('dan', below), 'read');
  await collaboration.updateShare(await world.as('ann'), first.id, { role: 'viewer' });
  assert.deepEqual(
    [await world.rights('bob', below), await world.rights('cat', below), await world.rights('dan', below)],
    ['read', '', ''],
  );
});

test('two people who share with each other do not keep alive what neither has any more', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const below = await world.folder('ann', 'below', folder);
  const first = await share('ann', folder, 'bob', 'manager');
  await share('bob', below, 'cat', 'manager');
  await share('cat', below, 'bob', 'manager');
  const toBob = (await collaboration.sharesOf(await world.as('cat'), below)).items;
  assert.equal(toBob.length, 2);
  await collaboration.revokeShare(await world.as('ann'), first.id);
  assert.deepEqual([await world.rights('bob', below), await world.rights('cat', below)], ['', '']);
});

test('what lies in the trash or was put away keeps what was passed on, where there is another way to it', async () => {
  const { collaboration, tree, workspaces } = world.nodes[0];
  const asRoot = await world.as('root');
  const made = await workspaces.create(asRoot, { slug: 'team', name: 'Team' });
  for (const how of ['trash', 'archive']) {
    const folder = await world.folder('root', how, made.rootId);
    const below = await world.folder('root', 'below', folder);
    const first = await share('root', folder, 'bob', 'manager');
    const second = await share('root', below, 'bob', 'manager');
    await share('bob', below, 'cat', 'editor');
    const away = async (on: boolean): Promise<void> => {
      const context = await world.as('root');
      if (how === 'archive') await workspaces.archive(context, made.id, on);
      else await (on ? tree.trash(context, below) : tree.restore(context, below));
    };
    await away(true);
    await collaboration.revokeShare(await world.as('root'), first.id);
    await away(false);
    assert.equal(await world.rights('cat', below), 'read write', how);
    await collaboration.revokeShare(await world.as('root'), second.id);
    assert.equal(await world.rights('cat', below), '', how);
  }
});

test('nobody stands for the share that they have their own right by', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const first = await share('ann', folder, 'bob', 'viewer', Date.now() + hour);
  const more = await share('ann', folder, 'cat', 'manager', Date.now() + hour);
  await share('cat', folder, 'dan', 'manager');
  const asDan = await world.as('dan');
  await assert.rejects(
    collaboration.updateShare(asDan, more.id, { expiresAt: null }),
    code('forbidden', 'own'),
  );
  const raised = await collaboration.updateShare(asDan, first.id, { role: 'editor' });
  assert.deepEqual([raised.createdBy?.name, raised.role], ['dan', 'editor']);
  await collaboration.revokeShare(await world.as('ann'), more.id);
  assert.equal(await world.rights('bob', folder), '');
});

test('what was passed on stays where there is another way to the right', async () => {
  const { collaboration, workspaces, access } = world.nodes[0];
  const made = await workspaces.create(await world.as('root'), { slug: 'team', name: 'Team' });
  const asRoot = await world.as('root');
  const grant = await collaboration.share(asRoot, made.rootId, {
    roleId: await world.role('bob'),
    role: 'manager',
  });
  await share('bob', made.rootId, 'cat');
  await access.changeRule(asRoot, [made.rootId], { roleId: await world.role('bob'), allow: 15, deny: 0 });
  await collaboration.revokeShare(await world.as('root'), grant.id);
  assert.deepEqual(
    [await world.rights('bob', made.rootId), await world.rights('cat', made.rootId)],
    ['read write share manage', 'read'],
  );
});

test('a share whose maker may share no longer is shown as such, and managers revoke it', async () => {
  const { collaboration, workspaces, access } = world.nodes[0];
  const made = await workspaces.create(await world.as('root'), { slug: 'team', name: 'Team' });
  const rule = { roleId: await world.role('bob'), allow: READ | SHARE, deny: 0 };
  await access.changeRule(await world.as('root'), [made.rootId], rule);
  const given = await share('bob', made.rootId, 'cat');
  assert.equal(given.stale, false);
  await access.changeRule(await world.as('root'), [made.rootId], { ...rule, allow: READ });
  const [shown] = (await collaboration.sharesOf(await world.as('root'), made.rootId)).items;
  assert.deepEqual([shown?.id, shown?.stale], [given.id, true]);
  await collaboration.revokeShare(await world.as('root'), given.id);
  assert.equal(await world.rights('cat', made.rootId), '');
});

test('when somebody goes, their shares are handed over', async () => {
  const { identity, collaboration, workspaces, access } = world.nodes[0];
  const made = await workspaces.create(await world.as('root'), { slug: 'team', name: 'Team' });
  const rule = { allow: 15, deny: 0 };
  for (const login of ['bob', 'cat'])
    await access.changeRule(await world.as('root'), [made.rootId], {
      ...rule,
      roleId: await world.role(login),
    });
  await share('bob', made.rootId, 'dan');
  await identity.deleteUser(await world.as('root'), await world.id('bob'), { handTo: await world.id('cat') });
  const given = await collaboration.givenShares(await world.as('cat'), { limit: 10 });
  assert.deepEqual(
    given.items.map((one) => [one.subject.name, one.stale]),
    [['dan', false]],
  );
});

test('only those it concerns revoke, change or decline a share', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const given = await share('ann', folder, 'bob', 'editor');
  const asBob = await world.as('bob');
  const asEve = await world.as('eve');
  await assert.rejects(collaboration.revokeShare(asBob, given.id), code('forbidden'));
  await assert.rejects(collaboration.revokeShare(asEve, given.id), code('not_found'));
  await assert.rejects(collaboration.updateShare(asBob, given.id, { role: 'manager' }), code('forbidden'));
  await assert.rejects(collaboration.hideShare(asEve, given.id, true), code('not_found'));
  await assert.rejects(collaboration.sharesOf(asBob, folder), code('forbidden'));
  await collaboration.hideShare(asBob, given.id, true);
  assert.deepEqual(await world.names('bob', 'shared'), []);
  assert.equal(await world.rights('bob', folder), 'read write');
  const hidden = await collaboration.receivedShares(await world.as('bob'), { limit: 10, hidden: true });
  assert.deepEqual(
    hidden.items.map((one) => one.id),
    [given.id],
  );
  await collaboration.hideShare(await world.as('bob'), given.id, false);
  assert.deepEqual(await world.names('bob', 'shared'), ['plans']);
});

test('tells who may do what, by what, and pages it', async () => {
  const { collaboration } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const below = await world.folder('ann', 'below', folder);
  await share('ann', folder, 'bob', 'editor');
  await share('ann', below, 'cat');
  const asAnn = await world.as('ann');
  const all = await collaboration.accessOf(asAnn, below, { limit: 10 });
  const facts = all.items.map(({ subject, permissions, sources }) => [
    subject.name,
    permissions.join(' '),
    ...sources.map((source) => `${source.kind} ${source.on?.name}`),
  ]);
  assert.deepEqual(facts, [
    ['ann', 'read write share manage', 'rule Personal files'],
    ['bob', 'read write', 'share plans'],
    ['cat', 'read', 'share below'],
  ]);
  const paged = await collaboration.accessOf(asAnn, below, { limit: 2 });
  assert.ok(paged.next !== null);
  const rest = await collaboration.accessOf(asAnn, below, { limit: 2, cursor: paged.next });
  assert.deepEqual([...paged.items, ...rest.items], all.items);
  const inherited = (await collaboration.sharesOf(asAnn, below)).inherited;
  assert.deepEqual(
    inherited.map((one) => [one.subject.name, one.on.name]),
    [['bob', 'plans']],
  );
});

test('lists are filtered and paged, newest first', async () => {
  const { collaboration } = world.nodes[0];
  for (let n = 0; n < 5; n++)
    await share('ann', await world.folder('ann', `plan ${n}`), n === 3 ? 'cat' : 'bob');
  const asAnn = await world.as('ann');
  const first = await collaboration.givenShares(asAnn, { limit: 3 });
  assert.deepEqual(
    first.items.map((one) => one.located?.node.name),
    ['plan 4', 'plan 3', 'plan 2'],
  );
  const second = await collaboration.givenShares(asAnn, { limit: 3, cursor: first.next ?? '' });
  assert.deepEqual(
    second.items.map((one) => one.located?.node.name),
    ['plan 1', 'plan 0'],
  );
  assert.equal(second.next, null);
  const toCat = await collaboration.givenShares(asAnn, { limit: 3, q: 'CAT' });
  assert.deepEqual(
    toCat.items.map((one) => one.located?.node.name),
    ['plan 3'],
  );
  const received = await collaboration.receivedShares(await world.as('bob'), { limit: 10, q: 'plan 1' });
  assert.deepEqual(
    received.items.map((one) => [one.located.node.name, one.createdBy?.name]),
    [['plan 1', 'ann']],
  );
  assert.equal(
    (
      await collaboration.sharedAmong(
        asAnn,
        first.items.map((one) => one.nodeId),
      )
    ).length,
    3,
  );
  assert.deepEqual(
    await collaboration.sharedAmong(
      await world.as('bob'),
      first.items.map((one) => one.nodeId),
    ),
    [],
  );
});

test('the receiver is told by mail in the same transaction, and the journal has it', async () => {
  const { mail, journal } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  await share('ann', folder, 'bob');
  const queue = await mail.queue({ limit: 10 });
  assert.deepEqual(
    queue.items.map((one) => [one.to, one.template]),
    [['bob@example.org', 'share']],
  );
  const rows = await journal.read(0, 1000);
  assert.ok(rows.some((row) => row.kind === 'share.created' && row.nodeId === folder));
});
