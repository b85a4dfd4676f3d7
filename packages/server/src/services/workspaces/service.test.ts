import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { systemContext, type Context } from '../../kernel/context.ts';
import { READ } from '../access/api.ts';
import {
  client,
  contextOf,
  openCluster,
  setUp,
  type TestCluster,
  type TestNode,
} from '../identity/testing.ts';
import { code } from '../../testing/code.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

let cluster: TestCluster;
let node: TestNode;
let admin: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
});
afterEach(() => cluster.close());

async function enter(login: string): Promise<Context> {
  if ((await node.identity.userByLogin(login)) === null) {
    await node.identity.createUser(admin, { login, password: 'password-1' });
  }
  return contextOf((await node.identity.login(login, 'password-1', client, false)).principal);
}

test('each person has a personal workspace of their own under one slug', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  const [hers, his] = [
    await node.workspaces.bySlug(ann, 'personal'),
    await node.workspaces.bySlug(bob, 'personal'),
  ];
  assert.notEqual(hers.rootId, his.rootId);
  assert.deepEqual([hers.ownerId, hers.kind], [ann.principal.userId, 'personal']);
  assert.deepEqual(
    (await node.workspaces.list(ann)).map((workspace) => workspace.id).includes(his.id),
    false,
  );
  await assert.rejects(node.workspaces.bySlug(systemContext(), 'personal'), code('not_found'));
});

test('warm look-ups take no SQL', async () => {
  const ann = await enter('ann');
  const common = await node.workspaces.bySlug(ann, 'common');
  await node.workspaces.byRoot(common.rootId);
  const spent = await statementsOf(cluster.sql, async () => {
    assert.equal((await node.workspaces.bySlug(ann, 'common')).id, common.id);
    assert.equal((await node.workspaces.byRoot(common.rootId))?.id, common.id);
  });
  assert.equal(spent, 0);
});

test('a change shows on another node with its next request', async () => {
  const other = await cluster.start();
  const made = await node.workspaces.create(admin, { slug: 'team', name: 'Team', quota: 5 });
  const login = { kind: 'basic', login: 'root', secret: 'correct horse' } as const;
  const look = async (): Promise<(number | null | undefined)[]> => {
    const context = contextOf(await other.identity.authenticate(login, client));
    const bySlug = await other.workspaces.bySlug(context, 'team');
    return [bySlug.quota, (await other.workspaces.byRoot(made.rootId))?.quota];
  };
  assert.deepEqual(await look(), [5, 5]);
  await node.workspaces.update(admin, made.id, { quota: 9 });
  assert.deepEqual(await look(), [9, 9]);
  assert.equal((await node.workspaces.byRoot(made.rootId))?.quota, 9);
});

test('lists what may be read: personal first, then by name, with use and rights', async () => {
  const ann = await enter('ann');
  await node.workspaces.create(admin, { slug: 'a-hidden', name: 'A' });
  const shown = await node.workspaces.create(admin, { slug: 'b', name: 'B' });
  const everyone = (await node.identity.groups(admin))[0]?.roleId ?? '';
  await cluster.sql.transaction((tx) =>
    node.access.setRule(tx, { nodeId: shown.rootId, roleId: everyone, allow: READ, deny: 0 }, null),
  );
  const now = await enter('ann');
  assert.deepEqual(
    (await node.workspaces.list(now)).map((w) => [w.slug, w.permissions.length, w.used]),
    [
      ['personal', 4, 7],
      ['b', 1, 7],
      ['common', 2, 7],
    ],
  );
  await assert.rejects(node.workspaces.bySlug(ann, 'a-hidden'), code('not_found'));
  await assert.rejects(node.workspaces.bySlug(ann, 'none'), code('not_found'));
});

test('the system sees all of them', async () => {
  await enter('ann');
  const all = await node.workspaces.list(systemContext());
  assert.deepEqual(
    all.map((workspace) => workspace.kind),
    ['personal', 'personal', 'common'],
  );
});

test('slugs are checked, reserved and unique', async () => {
  for (const slug of ['', 'A', 'a/b', '..', '-a', 'a b', 'é', 'x'.repeat(64)]) {
    await assert.rejects(node.workspaces.create(admin, { slug, name: 'x' }), code('invalid_input'), slug);
  }
  for (const slug of ['personal', 'common', 'archived-x']) {
    await assert.rejects(node.workspaces.create(admin, { slug, name: 'x' }), code('conflict'), slug);
  }
  await node.workspaces.create(admin, { slug: 'team', name: 'x' });
  await assert.rejects(node.workspaces.create(admin, { slug: 'team', name: 'y' }), code('conflict'));
  await assert.rejects(node.workspaces.create(admin, { slug: 'ok', name: ' ' }), code('invalid_input'));
  await assert.rejects(
    node.workspaces.create(admin, { slug: 'ok', name: 'x', quota: 1.5 }),
    code('invalid_input'),
  );
});

test('whoever makes a workspace sees it at once with all rights', async () => {
  const made = await node.workspaces.create(admin, { slug: 'team', name: ' Team ' });
  assert.deepEqual([made.name, made.kind, made.permissions.length], ['Team', 'shared', 4]);
});

test('a partial change leaves the rest; personal ones change with their user', async () => {
  const made = await node.workspaces.create(admin, { slug: 'team', name: 'Team', quota: 5 });
  assert.equal((await node.workspaces.update(admin, made.id, { name: 'Crew' })).quota, 5);
  assert.equal((await node.workspaces.update(admin, made.id, { quota: null })).name, 'Crew');
  const personal = await node.workspaces.bySlug(admin, 'personal');
  await assert.rejects(node.workspaces.update(admin, personal.id, { quota: 1 }), code('conflict'));
  await assert.rejects(node.workspaces.update(admin, 'none', {}), code('not_found'));
});

test('makes root and trash in the tree, and tells the journal', async () => {
  cluster.journal.length = 0;
  const made = await node.workspaces.create(admin, { slug: 'team', name: 'Team' });
  assert.deepEqual(
    cluster.journal.map((entry) => [entry.kind, entry.nodeId, entry.workspaceId, entry.actorId]),
    [
      ['access.changed', made.rootId, null, admin.principal.userId],
      ['workspace.created', made.rootId, made.id, admin.principal.userId],
    ],
  );
  const record = await node.workspaces.byId(made.id);
  assert.ok(record !== null && record.trashId !== record.rootId);
  assert.equal(await node.workspaces.byId('none'), null);
  assert.equal(await node.workspaces.byRoot('none'), null);
});
