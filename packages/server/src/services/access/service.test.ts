import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../kernel/clock.ts';
import { systemContext, type Context, type Principal, type ScopeName } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { JournalEntry } from '../journal/api.ts';
import { ALL, bitsOf, MANAGE, namesOf, READ, SHARE, WRITE, type AccessService } from './api.ts';
import { accessMigrations } from './migrations.ts';
import { startAccess } from './service.ts';
import { allowedByOracle, forest } from './testing.ts';

let sql: SqlStore;
let close: () => Promise<void>;
let access: AccessService;
const journal: JournalEntry[] = [];
/** What the user store would answer now; absent: taken away. */
const present = new Map<string, Principal>();

function startNode(): AccessService {
  const append = async (_tx: unknown, entry: JournalEntry): Promise<string> => String(journal.push(entry));
  const reloadPrincipal = async (_reader: unknown, old: Principal): Promise<Principal | null> =>
    present.get(old.userId ?? '') ?? null;
  return startAccess({ sql, journal: { append }, clock: systemClock, log: silentLogger, reloadPrincipal })
    .api;
}

before(async () => {
  ({ sql, close } = await openTestSql(accessMigrations));
  access = startNode();
});
after(() => close());

async function user(
  roles: readonly string[],
  scopes: readonly ScopeName[] = ['files:write'],
): Promise<Context> {
  const principal: Principal = {
    userId: newId(),
    login: 'u',
    admin: false,
    roles,
    scopes,
    via: 'session',
    sessionId: null,
    tokenId: null,
    epoch: await access.epoch(),
  };
  present.set(principal.userId ?? '', principal);
  return { ...systemContext(), principal };
}

async function again(context: Context): Promise<Context> {
  return { ...context, principal: { ...context.principal, epoch: await access.epoch() } };
}

async function role(kind: 'user' | 'group' = 'user'): Promise<string> {
  const id = newId();
  await sql.transaction((tx) => access.createRole(tx, { id, kind, name: `role ${id}` }));
  return id;
}

function setRule(nodeId: string, roleId: string, allow: number, deny = 0): Promise<void> {
  return sql.transaction((tx) => access.setRule(tx, { nodeId, roleId, allow, deny }, null));
}

async function statements(work: () => Promise<unknown>): Promise<number> {
  const from = sql.statistics().statements;
  await work();
  return sql.statistics().statements - from;
}

test('a warm decision takes no SQL, alone and for children', async () => {
  const [mine, root, child] = [await role(), newId(), newId()];
  await setRule(root, mine, READ | WRITE);
  const { principal } = await user([mine]);
  assert.equal(await access.decide(principal, [root, child]), READ | WRITE);
  const spent = await statements(async () => {
    assert.equal(await access.decide(principal, [root]), READ | WRITE);
    assert.deepEqual(await access.decideChildren(principal, [root], [child, newId()]), [3, 3]);
  });
  assert.equal(spent, 0);
});

test('many cold decisions of one user at once load once', async () => {
  const [mine, root] = [await role(), newId()];
  await setRule(root, mine, READ);
  const { principal } = await user([mine]);
  const spent = await statements(() =>
    Promise.all(Array.from({ length: 50 }, () => access.decide(principal, [root]))),
  );
  assert.equal(spent, 1);
});

test('a warm check inside a write takes one statement', async () => {
  const [mine, root] = [await role(), newId()];
  await setRule(root, mine, ALL);
  const context = await user([mine]);
  await access.decide(context.principal, [root]);
  const spent = await statements(() => sql.transaction((tx) => access.require(tx, context, [root], WRITE)));
  const empty = await statements(() => sql.transaction(async () => {}));
  assert.equal(spent - empty, 1);
});

test('missing read is not_found, missing others forbidden, and each is named', async () => {
  const [mine, root, hidden] = [await role(), newId(), newId()];
  await setRule(root, mine, READ);
  const context = await user([mine]);
  const ask = (chain: readonly string[], need: number): Promise<void> =>
    sql.transaction((tx) => access.require(tx, context, chain, need));
  await ask([root], READ);
  await assert.rejects(ask([hidden], READ), (error) => isAppError(error, 'not_found'));
  await assert.rejects(ask([hidden], READ | WRITE), (error) => isAppError(error, 'not_found'));
  await assert.rejects(
    ask([root], READ | WRITE | MANAGE),
    (error) => isAppError(error, 'forbidden') && String(error.details['missing']) === 'write,manage',
  );
});

test('a write sees a right that was taken away after its request began, on every node', async () => {
  const [mine, root, other] = [await role(), newId(), startNode()];
  await setRule(root, mine, ALL);
  const context = await user([mine]);
  await access.decide(context.principal, [root]);
  await other.decide(context.principal, [root]);
  await setRule(root, mine, READ);
  for (const node of [access, other]) {
    await assert.rejects(
      sql.transaction((tx) => node.require(tx, context, [root], WRITE)),
      (error) => isAppError(error, 'forbidden'),
    );
    assert.equal(await node.decide((await again(context)).principal, [root]), READ);
  }
});

test('a write sees that user or credential is gone, or has other roles', async () => {
  const [weak, strong, root] = [await role(), await role(), newId()];
  await setRule(root, weak, READ);
  await setRule(root, strong, ALL);
  const context = await user([weak, strong]);
  const need = (bits: number): Promise<void> =>
    sql.transaction((tx) => access.require(tx, context, [root], bits));
  await need(MANAGE);
  present.set(context.principal.userId ?? '', { ...context.principal, roles: [weak] });
  await sql.transaction((tx) => access.bumpEpoch(tx));
  await assert.rejects(need(MANAGE), (error) => isAppError(error, 'forbidden'));
  present.delete(context.principal.userId ?? '');
  await assert.rejects(need(READ), (error) => isAppError(error, 'unauthenticated'));
});

test('rules that are rolled back leave nothing in memory', async () => {
  const [mine, root] = [await role(), newId()];
  await setRule(root, mine, READ);
  const context = await user([mine]);
  const work = sql.transaction(async (tx) => {
    await access.setRule(tx, { nodeId: root, roleId: mine, allow: ALL, deny: 0 }, null);
    await access.require(tx, context, [root], MANAGE);
    throw new Error('roll back');
  });
  await assert.rejects(work, /roll back/);
  assert.equal(await access.decide((await again(context)).principal, [root]), READ);
  await setRule(newId(), mine, READ);
  assert.equal(await access.decide((await again(context)).principal, [root]), READ);
  assert.equal(access.lastEpoch(), await access.epoch());
});

test('an old principal never overwrites what a newer one loaded', async () => {
  const [mine, root] = [await role(), newId()];
  const old = await user([mine]);
  await setRule(root, mine, ALL);
  const now = await again(old);
  const cold = startNode();
  await Promise.all([cold.decide(now.principal, [root]), cold.decide(old.principal, [root])]);
  assert.equal(await statements(() => cold.decide(now.principal, [root])), 0);
  assert.equal(await cold.decide(now.principal, [root]), ALL);
});

test('scopes only take away', async () => {
  const [mine, root] = [await role(), newId()];
  await setRule(root, mine, READ | WRITE | SHARE);
  const cases: [ScopeName[], number][] = [
    [['files:write'], READ | WRITE | SHARE],
    [['files:read', 'files:write'], READ | WRITE | SHARE],
    [['files:read'], READ],
    [['account', 'admin'], 0],
    [[], 0],
  ];
  for (const [scopes, expected] of cases) {
    const context = await user([mine], scopes);
    assert.equal(await access.decide(context.principal, [root]), expected, scopes.join());
    assert.deepEqual(await access.decideChildren(context.principal, [root], ['x']), [expected]);
    const ask = sql.transaction((tx) => access.require(tx, context, [root], WRITE));
    if (expected & WRITE) await ask;
    else await assert.rejects(ask, (error) => isAppError(error, expected & READ ? 'forbidden' : 'not_found'));
  }
});

test('the system may do everything without a statement; an admin only what roles give', async () => {
  const root = newId();
  const spent = await statements(async () => {
    assert.equal(await access.decide(systemContext().principal, [root]), ALL);
    assert.deepEqual(await access.decideChildren(systemContext().principal, [root], ['a', 'b']), [ALL, ALL]);
  });
  assert.equal(spent, 0);
  const context = await user([]);
  assert.equal(await access.decide({ ...context.principal, admin: true }, [root]), 0);
});

test('a rule is replaced, listed, journaled and removed', async () => {
  const [mine, node] = [await role(), newId()];
  journal.length = 0;
  await setRule(node, mine, READ | WRITE, SHARE);
  await setRule(node, mine, READ);
  const [rule, ...more] = await access.rulesOf(node);
  assert.deepEqual([rule?.roleId, rule?.allow, rule?.deny, more.length], [mine, ['read'], [], 0]);
  await setRule(node, mine, 0, 0);
  assert.deepEqual(await access.rulesOf(node), []);
  assert.deepEqual(
    journal.map((entry) => [entry.kind, entry.nodeId, entry.after?.['allow']]),
    [
      ['access.changed', node, ['read', 'write']],
      ['access.changed', node, ['read']],
      ['access.changed', node, []],
    ],
  );
});

test('rules for nobody, of no permission or contradicting themselves are refused', async () => {
  const mine = await role();
  await assert.rejects(setRule(newId(), newId(), READ), (error) => isAppError(error, 'not_found'));
  await assert.rejects(setRule(newId(), mine, 16), (error) => isAppError(error, 'invalid_input'));
  await assert.rejects(setRule(newId(), mine, READ, READ), (error) => isAppError(error, 'invalid_input'));
});

test('a deleted role takes its rules along', async () => {
  const [mine, node] = [await role(), newId()];
  await setRule(node, mine, READ);
  const before = await access.epoch();
  await sql.transaction((tx) => access.deleteRole(tx, mine));
  assert.deepEqual(await access.rulesOf(node), []);
  assert.ok((await access.epoch()) > before);
});

test('why tells each rule on the way and what became of it', async () => {
  const [weak, strong, root, a] = [await role('group'), await role(), newId(), newId()];
  await setRule(root, weak, READ | WRITE, SHARE);
  await setRule(a, weak, READ | MANAGE);
  await setRule(a, strong, READ | SHARE);
  const { principal } = await user([weak, strong]);
  const { permissions, steps } = await access.why(principal, [root, a, newId()]);
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

test('the whole service agrees with the oracle', async () => {
  await fc.assert(
    fc.asyncProperty(forest, async (world) => {
      const known = new Map<string, string>();
      const idOf = (name: string): string =>
        known.get(name) ?? (known.set(name, newId()).get(name) as string);
      const context = await sql.transaction(async (tx) => {
        for (let i = 0; i < 7; i++)
          await access.createRole(tx, { id: idOf(`r${i}`), kind: 'assigned', name: 'r' });
        for (const { node, role: name, allow, deny } of world.rules) {
          const rule = { nodeId: idOf(node), roleId: idOf(name), allow: bitsOf(allow), deny: bitsOf(deny) };
          await access.setRule(tx, rule, null);
        }
        return user([]);
      });
      const roles = world.roles.map(idOf);
      const principal = { ...context.principal, roles, epoch: await access.epoch() };
      for (const chain of world.chains) {
        const expected = allowedByOracle(world, chain);
        const ids = chain.map(idOf);
        assert.deepEqual(namesOf(await access.decide(principal, ids)), expected);
        assert.deepEqual(namesOf((await access.why(principal, ids)).permissions), expected);
      }
    }),
    { numRuns: 200 },
  );
});

test('a hundred thousand rules stay one statement and map look-ups', async () => {
  const [mine, root] = [await role(), newId()];
  const ids = Array.from({ length: 100_000 }, () => newId());
  await sql.transaction(async (tx) => {
    const { upsertRule } = await import('./queries.ts');
    const rows = ids.map((nodeId) => ({ id: newId(), nodeId, roleId: mine, allow: READ, deny: 0 }));
    await tx.runMany(upsertRule, rows);
    await access.setRule(tx, { nodeId: root, roleId: mine, allow: READ | WRITE, deny: 0 }, null);
  });
  const { principal } = await user([mine]);
  const cold = await statements(() => access.decide(principal, [root]));
  const warm = await statements(async () => {
    for (const id of ids.slice(0, 1000)) assert.equal(await access.decide(principal, [root, id]), READ);
    const children = await access.decideChildren(principal, [root], ids.slice(0, 1000));
    assert.ok(children.every((bits) => bits === READ));
  });
  assert.deepEqual([cold, warm], [1, 0]);
});
