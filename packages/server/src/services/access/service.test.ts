import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { systemContext, type Principal, type ScopeName } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { ALL, bitsOf, MANAGE, namesOf, READ, SHARE, WRITE, type NewPolicy } from './api.ts';
import { openAccess, type TestAccess } from './fixtures.ts';
import { allowedByOracle, forest, worldTime, type World } from './testing.ts';

let world: TestAccess;
before(async () => {
  world = await openAccess();
});
after(() => world.close());

test('a warm decision takes no SQL, alone and for children', async () => {
  const [mine, root, child] = [await world.role(), newId(), newId()];
  await world.setRule(root, mine, READ | WRITE);
  const { principal } = await world.user([mine]);
  assert.equal(await world.access.decide(principal, [root, child]), READ | WRITE);
  const spent = await world.statements(async () => {
    assert.equal(await world.access.decide(principal, [root]), READ | WRITE);
    assert.deepEqual(await world.access.decideChildren(principal, [root], [child, newId()]), [3, 3]);
  });
  assert.equal(spent, 0);
});

test('many cold decisions of one user at once load once', async () => {
  const [mine, root] = [await world.role(), newId()];
  await world.setRule(root, mine, READ);
  const { principal } = await world.user([mine]);
  const spent = await world.statements(() =>
    Promise.all(Array.from({ length: 50 }, () => world.access.decide(principal, [root]))),
  );
  assert.equal(spent, 1);
});

test('a warm check inside a write takes one statement', async () => {
  const [mine, root] = [await world.role(), newId()];
  await world.setRule(root, mine, ALL);
  const context = await world.user([mine]);
  await world.access.decide(context.principal, [root]);
  const spent = await world.statements(() =>
    world.sql.transaction((tx) => world.access.require(tx, context, [root], WRITE)),
  );
  assert.equal(spent, 1);
});

test('missing read is not_found, missing others forbidden, and each is named', async () => {
  const [mine, root, hidden] = [await world.role(), newId(), newId()];
  await world.setRule(root, mine, READ);
  const context = await world.user([mine]);
  const ask = (chain: readonly string[], need: number): Promise<void> =>
    world.sql.transaction((tx) => world.access.require(tx, context, chain, need));
  await ask([root], READ);
  await assert.rejects(ask([hidden], READ), (error) => isAppError(error, 'not_found'));
  await assert.rejects(ask([hidden], READ | WRITE), (error) => isAppError(error, 'not_found'));
  await assert.rejects(
    ask([root], READ | WRITE | MANAGE),
    (error) => isAppError(error, 'forbidden') && String(error.details['missing']) === 'write,manage',
  );
});

test('a write sees a right that was taken away after its request began, on every node', async () => {
  const [mine, root, other] = [await world.role(), newId(), world.startNode()];
  await world.setRule(root, mine, ALL);
  const context = await world.user([mine]);
  await world.access.decide(context.principal, [root]);
  await other.decide(context.principal, [root]);
  await world.setRule(root, mine, READ);
  for (const node of [world.access, other]) {
    await assert.rejects(
      world.sql.transaction((tx) => node.require(tx, context, [root], WRITE)),
      (error) => isAppError(error, 'forbidden'),
    );
    assert.equal(await node.decide((await world.again(context)).principal, [root]), READ);
  }
});

test('a write sees that user or credential is gone, or has other roles', async () => {
  const [weak, strong, root] = [await world.role(), await world.role(), newId()];
  await world.setRule(root, weak, READ);
  await world.setRule(root, strong, ALL);
  const context = await world.user([weak, strong]);
  const need = (bits: number): Promise<void> =>
    world.sql.transaction((tx) => world.access.require(tx, context, [root], bits));
  await need(MANAGE);
  world.present.set(context.principal.userId ?? '', { ...context.principal, roles: [weak] });
  await world.sql.transaction((tx) => world.access.bumpEpoch(tx));
  await assert.rejects(need(MANAGE), (error) => isAppError(error, 'forbidden'));
  world.present.delete(context.principal.userId ?? '');
  await assert.rejects(need(READ), (error) => isAppError(error, 'unauthenticated'));
});

test('rules that are rolled back leave nothing in memory', async () => {
  const [mine, root] = [await world.role(), newId()];
  await world.setRule(root, mine, READ);
  const context = await world.user([mine]);
  const work = world.sql.transaction(async (tx) => {
    await world.access.setRule(tx, { nodeId: root, roleId: mine, allow: ALL, deny: 0 }, null);
    await world.access.require(tx, context, [root], MANAGE);
    throw new Error('roll back');
  });
  await assert.rejects(work, /roll back/);
  assert.equal(await world.access.decide((await world.again(context)).principal, [root]), READ);
  await world.setRule(newId(), mine, READ);
  assert.equal(await world.access.decide((await world.again(context)).principal, [root]), READ);
  assert.equal(world.access.lastEpoch(), await world.access.epoch());
});

test('an old principal never overwrites what a newer one loaded', async () => {
  const [mine, root] = [await world.role(), newId()];
  const old = await world.user([mine]);
  await world.setRule(root, mine, ALL);
  const now = await world.again(old);
  const cold = world.startNode();
  await Promise.all([cold.decide(now.principal, [root]), cold.decide(old.principal, [root])]);
  assert.equal(await world.statements(() => cold.decide(now.principal, [root])), 0);
  assert.equal(await cold.decide(now.principal, [root]), ALL);
});

test('scopes only take away', async () => {
  const [mine, root] = [await world.role(), newId()];
  await world.setRule(root, mine, READ | WRITE | SHARE);
  const cases: [ScopeName[], number][] = [
    [['files:write'], READ | WRITE | SHARE],
    [['files:read', 'files:write'], READ | WRITE | SHARE],
    [['files:read'], READ],
    [['account', 'admin'], 0],
    [[], 0],
  ];
  for (const [scopes, expected] of cases) {
    const context = await world.user([mine], { scopes });
    assert.equal(await world.access.decide(context.principal, [root]), expected, scopes.join());
    assert.deepEqual(await world.access.decideChildren(context.principal, [root], ['x']), [expected]);
    const ask = world.sql.transaction((tx) => world.access.require(tx, context, [root], WRITE));
    if (expected & WRITE) await ask;
    else await assert.rejects(ask, (error) => isAppError(error, expected & READ ? 'forbidden' : 'not_found'));
  }
});

test('the system may do everything without a statement; an admin only what roles give', async () => {
  const root = newId();
  const spent = await world.statements(async () => {
    assert.equal(await world.access.decide(systemContext().principal, [root]), ALL);
    assert.deepEqual(await world.access.decideChildren(systemContext().principal, [root], ['a', 'b']), [
      ALL,
      ALL,
    ]);
  });
  assert.equal(spent, 0);
  const context = await world.user([]);
  assert.equal(await world.access.decide({ ...context.principal, admin: true }, [root]), 0);
});

test('a rule is replaced, listed, journaled with what was before, and removed', async () => {
  const [mine, node] = [await world.role(), newId()];
  world.journal.length = 0;
  await world.setRule(node, mine, READ | WRITE, SHARE);
  await world.setRule(node, mine, READ);
  await world.setRule(node, mine, READ);
  const [rule, ...more] = await world.access.rulesOf(node);
  assert.deepEqual([rule?.roleId, rule?.allow, rule?.deny, more.length], [mine, ['read'], [], 0]);
  await world.setRule(node, mine, 0, 0);
  await world.setRule(node, mine, 0, 0);
  assert.deepEqual(await world.access.rulesOf(node), []);
  const role = { roleId: mine, roleName: `role ${mine}` };
  const first = { ...role, allow: ['read', 'write'], deny: ['share'] };
  const second = { ...role, allow: ['read'], deny: [] };
  assert.deepEqual(
    world.journal.map((entry) => [entry.kind, entry.nodeId, entry.before, entry.after]),
    [
      ['access.changed', node, null, first],
      ['access.changed', node, first, second],
      ['access.changed', node, second, { ...role, allow: [], deny: [] }],
    ],
    'what changes nothing is not told',
  );
});

test('rules for nobody, of no permission or contradicting themselves are refused', async () => {
  const mine = await world.role();
  await assert.rejects(world.setRule(newId(), newId(), READ), (error) => isAppError(error, 'not_found'));
  await assert.rejects(world.setRule(newId(), mine, 16), (error) => isAppError(error, 'invalid_input'));
  await assert.rejects(world.setRule(newId(), mine, READ, READ), (error) =>
    isAppError(error, 'invalid_input'),
  );
});

test('a deleted role takes its rules along', async () => {
  const [mine, node] = [await world.role(), newId()];
  await world.setRule(node, mine, READ);
  const before = await world.access.epoch();
  await world.sql.transaction((tx) => world.access.deleteRole(tx, mine));
  assert.deepEqual(await world.access.rulesOf(node), []);
  assert.ok((await world.access.epoch()) > before);
});

test('why tells each rule on the way and what became of it', async () => {
  const [weak, strong, root, a] = [await world.role('group'), await world.role(), newId(), newId()];
  await world.setRule(root, weak, READ | WRITE, SHARE);
  await world.setRule(a, weak, READ | MANAGE);
  await world.setRule(a, strong, READ | SHARE);
  const { principal } = await world.user([weak, strong]);
  const { permissions, steps } = await world.access.why(principal, [root, a, newId()]);
  assert.equal(permissions, READ);
  assert.deepEqual(
    steps.map((step) => [step.nodeId, step.roleId, step.effect]),
    [
      [root, weak, 'denies share; silenced by a nearer rule'],
      [a, weak, 'silenced by a stronger role'],
      [a, strong, 'allows read, share'],
    ],
  );
});

const circumstances = { address: 'somewhere', client: 'web' } as const;

/** Conditions that hold, do not, or can't be told for these circumstances. */
function conditionsOf(holds: boolean | null): NewPolicy['conditions'] {
  if (holds === null) return { networks: ['10.0.0.0/8'] };
  return { clients: holds ? ['web'] : ['dav'] };
}

/** Builds a drawn world anew. @returns who asks, and the ids of nodes by name */
async function build(drawn: World): Promise<{ principal: Principal; idOf: (name: string) => string }> {
  const known = new Map<string, string>();
  const idOf = (name: string): string => known.get(name) ?? (known.set(name, newId()).get(name) as string);
  const offset = (until: number): number => world.clock.time + (until - worldTime) * 1000;
  await world.sql.transaction(async (tx) => {
    for (let i = 0; i < 7; i++)
      await world.access.createRole(tx, { id: idOf(`r${i}`), kind: 'assigned', name: 'r' });
    for (const { node, role, allow, deny } of drawn.rules) {
      const rule = { nodeId: idOf(node), roleId: idOf(role), allow: bitsOf(allow), deny: bitsOf(deny) };
      await world.access.setRule(tx, rule, null);
    }
    for (const { node, role, allow, until } of drawn.grants) {
      const expiresAt = until === null ? null : offset(until);
      const grant = { nodeId: idOf(node), roleId: idOf(role), allow: bitsOf(allow), expiresAt };
      await world.access.grant(tx, { ...grant, source: 'share', sourceId: newId() }, null);
    }
  });
  for (const { node, role, deny, mode, holds } of drawn.policies) {
    const policy = { name: 'p', description: '', deny: bitsOf(deny), mode, conditions: conditionsOf(holds) };
    const { id } = await world.access.savePolicy(systemContext(), null, policy);
    await world.access.bindPolicy(systemContext(), id, { nodeId: idOf(node), roleId: idOf(role) }, true);
  }
  const roots = drawn.link && new Map([...drawn.link].map(([node, left]) => [idOf(node), bitsOf(left)]));
  const { principal } = await world.user(drawn.roles.map(idOf), {
    ...(roots === null ? {} : { confined: { linkId: newId(), visitId: '', ownerId: newId(), roots } }),
  });
  return { principal: world.access.placed(principal, circumstances), idOf };
}

test('the whole service agrees with the oracle', async () => {
  await fc.assert(
    fc.asyncProperty(forest, async (drawn) => {
      const { principal, idOf } = await build(drawn);
      const context = { ...systemContext(), principal };
      for (const chain of drawn.chains) {
        const expected = allowedByOracle(drawn, chain);
        const ids = chain.map(idOf);
        assert.deepEqual(namesOf(await world.access.decide(principal, ids)), expected);
        assert.deepEqual(namesOf((await world.access.why(principal, ids)).permissions), expected, 'why');
        const [same] = await world.access.decideChildren(principal, ids.slice(0, -1), ids.slice(-1));
        assert.deepEqual(namesOf(same ?? 0), expected, 'as a child');
        await world.sql.transaction(async (tx) => {
          const asked = world.access.require(tx, context, ids, READ | WRITE);
          if (expected.includes('write')) return asked;
          const code = expected.includes('read') ? 'forbidden' : 'not_found';
          await assert.rejects(asked, (error) => isAppError(error, code));
        });
      }
      for (const policy of await world.access.policies())
        await world.access.removePolicy(systemContext(), policy.id);
    }),
    { numRuns: 150 },
  );
});
