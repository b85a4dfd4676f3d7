import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import { systemContext, type Circumstances, type Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { ALL, READ, WRITE, type NewPolicy } from './api.ts';
import { markPolicies } from './policy-queries.ts';
import type { AccessTables } from './tables.ts';
import { openAccess, type TestAccess } from './fixtures.ts';

let world: TestAccess;
before(async () => {
  world = await openAccess();
});
after(() => world.close());
afterEach(async () => {
  for (const { id } of await world.access.policies()) await world.access.removePolicy(systemContext(), id);
});

const define = queriesOf<AccessTables>();
/** Binds every policy there is. */
const rawBinding = define<{ roleId: string; nodeId: string }>((db, p) =>
  db
    .insertInto('access_policy_bindings')
    .columns(['policy_id', 'node_id', 'role_id'])
    .expression((from) =>
      from
        .selectFrom('access_policies')
        .select(['id', sql<string>`${p.nodeId}`.as('n'), sql<string>`${p.roleId}`.as('r')]),
    ),
);
const overwriteConditions = define<{ id: string; conditions: string }>((db, p) =>
  db.updateTable('access_policies').set({ conditions: p.conditions }).where('id', '=', p.id),
);

const office: Circumstances = { address: '10.0.0.7', client: 'web' };
const home: Circumstances = { address: '8.8.8.8', client: 'web' };
const onlyOffice: NewPolicy = {
  name: 'Only from the office',
  description: '',
  deny: WRITE,
  mode: 'unless',
  conditions: { networks: ['10.0.0.0/8'] },
};

async function bind(policy: NewPolicy, nodeId: string, roleId: string): Promise<string> {
  const { id } = await world.access.savePolicy(systemContext(), null, policy);
  await world.access.bindPolicy(systemContext(), id, { nodeId, roleId }, true);
  return id;
}

function require(context: Context, chain: readonly string[], need: number): Promise<void> {
  return world.sql.transaction((tx) => world.access.require(tx, context, chain, need));
}

/** As a gateway makes the next request of a user. */
async function comesFrom(
  context: Context,
  circumstances: Circumstances,
  access = world.access,
): Promise<Context> {
  const epoch = await access.epoch();
  return { ...context, principal: access.placed({ ...context.principal, epoch }, circumstances) };
}

async function person(): Promise<{ roleId: string; root: string; context: Context }> {
  const [roleId, root] = [await world.role('user', 'ann'), newId()];
  await world.setRule(root, roleId, ALL);
  return { roleId, root, context: await world.user([roleId]) };
}

test('without policies nothing is spent on them, and principals stay as they are', async () => {
  const { root, context } = await person();
  const { principal } = context;
  assert.equal(world.access.hasPolicies(), false);
  assert.equal(world.access.placed(principal, home), principal);
  await world.access.decide(principal, [root]);
  const spent = await world.statements(async () => {
    await world.access.decide(principal, [root]);
    await world.access.decideChildren(principal, [root], [newId()]);
  });
  assert.equal(spent, 0);
});

test('a policy holds from the next request on, on every node, and inside writes at once', async () => {
  const { roleId, root, context } = await person();
  const other = world.startNode();
  await other.epoch();
  await world.access.decide(context.principal, [root]);
  const id = await bind(onlyOffice, root, roleId);
  // Authenticated before there was a policy: nobody asked where it comes from, so it is taken for elsewhere.
  await assert.rejects(require(context, [root], WRITE), (error) => isAppError(error, 'forbidden'));
  for (const node of [world.access, other]) {
    const inside = await comesFrom(context, office, node);
    assert.equal(node.hasPolicies(), true);
    assert.equal(await node.decide(inside.principal, [root, newId()]), ALL);
    await require(inside, [root], WRITE);
    const outside = await comesFrom(context, home, node);
    assert.equal(await node.decide(outside.principal, [root, newId()]), ALL & ~WRITE);
    assert.deepEqual(await node.decideChildren(outside.principal, [root], [newId()]), [ALL & ~WRITE]);
    await assert.rejects(require(outside, [root], WRITE), (error) => isAppError(error, 'forbidden'));
  }
  await world.access.bindPolicy(systemContext(), id, { nodeId: root, roleId }, false);
  const freed = await comesFrom(context, home);
  assert.equal(freed.principal.circumstances, undefined);
  assert.equal(await world.access.decide(freed.principal, [root]), ALL);
  assert.equal(world.access.hasPolicies(), false);
});

test('warm decisions under policies take no SQL, unless they ask for a property', async () => {
  const { roleId, root, context } = await person();
  await bind(onlyOffice, root, roleId);
  const { principal } = await comesFrom(context, home);
  await world.access.decide(principal, [root]);
  const spent = await world.statements(async () => {
    for (let i = 0; i < 10; i++) await world.access.decide(principal, [root, newId()]);
    await world.access.decideChildren(principal, [root], [newId(), newId()]);
  });
  assert.equal(spent, 0);
});

test('where a request comes from goes along when its transaction reads the user anew', async () => {
  const { roleId, root, context } = await person();
  await bind(onlyOffice, root, roleId);
  const inside = await comesFrom(context, office);
  await world.sql.transaction((tx) => world.access.bumpEpoch(tx));
  await require(inside, [root], WRITE);
  const outside = await comesFrom(context, home);
  await world.sql.transaction((tx) => world.access.bumpEpoch(tx));
  await assert.rejects(require(outside, [root], WRITE), (error) => isAppError(error, 'forbidden'));
});

test('hours pass while a request goes on: it is decided by the time of the decision', async () => {
  const { roleId, root, context } = await person();
  world.clock.time = Date.parse('2026-11-23T16:59:00Z');
  const windows = [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '17:00' }];
  await bind({ ...onlyOffice, conditions: { hours: { timeZone: 'UTC', windows } } }, root, roleId);
  const upload = await comesFrom(context, office);
  await require(upload, [root], WRITE);
  world.clock.time += 60_000;
  await assert.rejects(require(upload, [root], WRITE), (error) => isAppError(error, 'forbidden'));
  assert.equal(await world.access.decide(upload.principal, [root]), ALL & ~WRITE);
});

test('a property of the node or of a folder above counts, as it is now', async () => {
  const { roleId, root, context } = await person();
  const [secret, below, plain] = [newId(), newId(), newId()];
  const property = { name: '{urn:x}class', matches: 'secret*' };
  await bind(
    { ...onlyOffice, deny: READ, mode: 'when', conditions: { property, clients: ['dav'] } },
    root,
    roleId,
  );
  const { principal } = await comesFrom(context, { address: '', client: 'dav' });
  assert.equal(await world.access.decide(principal, [root, secret]), ALL);
  world.properties.set(secret, new Map([['{urn:x}class', '<c xmlns="urn:x">secret &amp; more</c>']]));
  assert.equal(await world.access.decide(principal, [root, secret]), 0);
  assert.equal(await world.access.decide(principal, [root, secret, below]), 0);
  assert.deepEqual(await world.access.decideChildren(principal, [root], [plain, secret, below]), [
    ALL,
    0,
    ALL,
  ]);
  assert.deepEqual(await world.access.decideChildren(principal, [root, secret], [below]), [0]);
  const web = await comesFrom(context, office);
  assert.equal(await world.access.decide(web.principal, [root, secret]), ALL);
  await assert.rejects(require({ ...context, principal }, [root, secret], READ), (error) =>
    isAppError(error, 'not_found'),
  );
  world.properties.delete(secret);
  assert.equal(await world.access.decide(principal, [root, secret]), ALL);
});

test('a policy at a child counts in a listing', async () => {
  const { roleId, root, context } = await person();
  const [guarded, free] = [newId(), newId()];
  await bind({ ...onlyOffice, deny: READ }, guarded, roleId);
  const { principal } = await comesFrom(context, home);
  assert.deepEqual(await world.access.decideChildren(principal, [root], [free, guarded]), [ALL, 0]);
});

test('a policy that is rolled back leaves nothing in memory', async () => {
  const { roleId, root, context } = await person();
  await bind({ ...onlyOffice, conditions: { clients: ['dav'] } }, newId(), roleId);
  const { principal } = await comesFrom(context, home);
  assert.equal(await world.access.decide(principal, [root]), ALL);
  const work = world.sql.transaction(async (tx) => {
    await world.access.bumpEpoch(tx);
    await tx.run(rawBinding, { roleId, nodeId: root });
    await tx.run(markPolicies, {});
    const asked = world.access.require(tx, { ...context, principal }, [root], WRITE);
    await assert.rejects(asked, (error) => isAppError(error, 'forbidden'));
    throw new Error('roll back');
  });
  await assert.rejects(work, /roll back/);
  assert.equal(await world.access.decide((await comesFrom(context, home)).principal, [root]), ALL);
  await require(await comesFrom(context, home), [root], WRITE);
});

test('what this version can not read denies', async () => {
  const { roleId, root, context } = await person();
  const id = await bind({ ...onlyOffice, mode: 'when', conditions: { clients: ['dav'] } }, root, roleId);
  await world.sql.transaction(async (tx) => {
    await world.access.bumpEpoch(tx);
    await tx.run(overwriteConditions, { id, conditions: '{"phaseOfTheMoon":"full"}' });
    await tx.run(markPolicies, {});
  });
  const { principal } = await comesFrom(context, office);
  assert.equal(await world.access.decide(principal, [root]), ALL & ~WRITE);
});

test('only admins make policies; what is none is refused', async () => {
  const { roleId, root, context } = await person();
  const save = (by: Context, policy: NewPolicy) => world.access.savePolicy(by, null, policy);
  await assert.rejects(save(context, onlyOffice), (error) => isAppError(error, 'forbidden'));
  const id = await bind(onlyOffice, root, roleId);
  await assert.rejects(world.access.removePolicy(context, id), (error) => isAppError(error, 'forbidden'));
  await assert.rejects(world.access.bindPolicy(context, id, { nodeId: root, roleId }, false), (error) =>
    isAppError(error, 'forbidden'),
  );
  const former = await world.user([roleId], { admin: true, scopes: ['admin'] });
  world.present.set(former.principal.userId ?? '', { ...former.principal, admin: false });
  await assert.rejects(
    save(former, onlyOffice),
    (error) => isAppError(error, 'forbidden'),
    'demoted meanwhile',
  );
  for (const wrong of [
    { ...onlyOffice, deny: 0 },
    { ...onlyOffice, name: ' ' },
    { ...onlyOffice, conditions: {} },
    { ...onlyOffice, conditions: { networks: ['office'] } },
    { ...onlyOffice, conditions: { moon: 'full' } as NewPolicy['conditions'] },
  ])
    await assert.rejects(save(systemContext(), wrong), (error) => isAppError(error, 'invalid_input'));
  const nowhere = { nodeId: root, roleId: newId() };
  await assert.rejects(world.access.bindPolicy(systemContext(), id, nowhere, true), (error) =>
    isAppError(error, 'not_found'),
  );
  await assert.rejects(world.access.savePolicy(systemContext(), newId(), onlyOffice), (error) =>
    isAppError(error, 'not_found'),
  );
});

test('policies are told to the journal, their bindings to the history of the node, and why names them', async () => {
  const { roleId, root, context } = await person();
  world.journal.length = 0;
  const id = await bind(onlyOffice, root, roleId);
  await world.access.bindPolicy(systemContext(), id, { nodeId: root, roleId }, true);
  await world.access.savePolicy(systemContext(), id, { ...onlyOffice, deny: READ });
  await world.access.removePolicy(systemContext(), id);
  assert.deepEqual(
    world.journal.map(({ kind, nodeId, before, after }) => [
      kind,
      nodeId,
      before?.['deny'] ?? null,
      after?.['deny'] ?? null,
    ]),
    [
      ['policy.changed', null, null, ['write']],
      ['access.changed', root, null, null],
      ['policy.changed', null, ['write'], ['read']],
      ['access.changed', root, null, null],
      ['policy.changed', null, ['read'], null],
    ],
  );
  const { items } = await world.access.history(root, { limit: 2 });
  const facts = { policyId: id, policy: onlyOffice.name };
  assert.deepEqual(
    items.map(({ kind, roleName, before, after }) => [kind, roleName, before, after]),
    [
      ['policy', 'ann', facts, null],
      ['policy', 'ann', null, facts],
    ],
  );
  await bind(onlyOffice, root, roleId);
  const steps = async (from: Circumstances) =>
    (await world.access.why({ ...context.principal, circumstances: from }, [root, newId()])).steps.slice(1);
  const told = {
    kind: 'policy',
    nodeId: root,
    roleId,
    roleName: 'ann',
    allow: [],
    deny: ['write'],
    policyName: onlyOffice.name,
  };
  assert.deepEqual(await steps(home), [{ ...told, outcomes: ['denies'], effect: 'denies write' }]);
  assert.deepEqual(await steps(office), [{ ...told, outcomes: ['not_now'], effect: 'denies nothing now' }]);
});

test('a policy goes with the role that it is bound to', async () => {
  const { roleId, root } = await person();
  await bind(onlyOffice, root, roleId);
  await world.sql.transaction((tx) => world.access.deleteRole(tx, roleId));
  assert.deepEqual((await world.access.policies())[0]?.bindings, []);
});
