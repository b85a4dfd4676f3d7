import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { ALL, READ, SHARE, WRITE } from './api.ts';
import { openAccess, type TestAccess } from './fixtures.ts';

let world: TestAccess;
before(async () => {
  world = await openAccess();
});
after(() => world.close());

function require(context: Context, chain: readonly string[], need: number): Promise<void> {
  return world.sql.transaction((tx) => world.access.require(tx, context, chain, need));
}

const minute = 60_000;

test('a grant ends by the clock alone, for decisions, listings, writes and what it is listed by', async () => {
  const [mine, root, a] = [await world.role(), newId(), newId()];
  await world.setRule(root, mine, READ);
  await world.grant({ nodeId: a, roleId: mine, allow: READ | WRITE, expiresAt: world.clock.time + minute });
  const context = await world.user([mine]);
  const { principal } = context;
  const chain = [root, a];
  assert.equal(await world.access.decide(principal, chain), READ | WRITE);
  assert.deepEqual(await world.access.decideChildren(principal, [root], [a, newId()]), [READ | WRITE, READ]);
  await require(context, chain, WRITE);
  assert.equal((await world.access.grantsFor(principal)).length, 1);
  const epoch = await world.access.epoch();

  world.clock.time += minute - 1;
  assert.equal(await world.access.decide(principal, chain), READ | WRITE);
  world.clock.time += 1;
  assert.equal(await world.access.decide(principal, chain), READ);
  assert.deepEqual(await world.access.decideChildren(principal, [root], [a]), [READ]);
  await assert.rejects(require(context, chain, WRITE), (error) => isAppError(error, 'forbidden'));
  assert.deepEqual(await world.access.grantsFor(principal), []);
  assert.deepEqual(await world.access.grantsAt([a]), []);
  assert.deepEqual((await world.access.rulesAt([a])).grants, []);
  const { permissions, steps } = await world.access.why(principal, chain);
  assert.deepEqual([permissions, steps.map((step) => step.kind)], [READ, ['rule']]);
  assert.equal(await world.access.epoch(), epoch, 'nothing has run');
});

test('of several grants the first to end is the first to go', async () => {
  const [mine, a] = [await world.role(), newId()];
  const now = world.clock.time;
  await world.grant({ nodeId: a, roleId: mine, allow: READ | SHARE, expiresAt: now + 2 * minute });
  await world.grant({ nodeId: a, roleId: mine, allow: READ | WRITE, expiresAt: now + minute });
  await world.grant({ nodeId: a, roleId: mine, allow: READ });
  const { principal } = await world.user([mine]);
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) {
    seen.push(await world.access.decide(principal, [a]));
    world.clock.time += minute;
  }
  assert.deepEqual(seen, [READ | WRITE | SHARE, READ | SHARE, READ]);
});

test('what is revoked is gone with the next request on every node, and inside writes at once', async () => {
  const [mine, a, sourceId] = [await world.role(), newId(), newId()];
  await world.grant({ nodeId: a, roleId: mine, allow: READ | WRITE, sourceId });
  const other = world.startNode();
  const context = await world.user([mine]);
  await other.epoch();
  for (const node of [world.access, other])
    assert.equal(await node.decide(context.principal, [a]), READ | WRITE);
  const gone = await world.sql.transaction((tx) =>
    world.access.revokeGrants(tx, { source: 'share', sourceId }, null),
  );
  assert.equal(gone, 1);
  await assert.rejects(require(context, [a], READ), (error) => isAppError(error, 'not_found'));
  const { principal } = await world.again(context);
  for (const node of [world.access, other]) assert.equal(await node.decide(principal, [a]), 0);
});

test('revoking takes what one source gave, where and to whom it is told, and nothing else', async () => {
  const [mine, other, a, b] = [await world.role(), await world.role(), newId(), newId()];
  const [one, two] = [newId(), newId()];
  for (const nodeId of [a, b])
    for (const roleId of [mine, other])
      for (const sourceId of [one, two]) await world.grant({ nodeId, roleId, allow: READ, sourceId });
  await world.grant({ nodeId: a, roleId: mine, allow: READ, source: 'cell', sourceId: one });
  const left = async (): Promise<string[]> => {
    const name = new Map([
      [mine, 'mine'],
      [other, 'other'],
      [a, 'a'],
      [b, 'b'],
      [one, '1'],
      [two, '2'],
    ]);
    return (await world.access.grantsAt([a, b]))
      .map(
        (grant) =>
          `${grant.source}${name.get(grant.sourceId)} ${name.get(grant.nodeId)} ${name.get(grant.roleId)}`,
      )
      .sort();
  };
  const revoke = (more: object): Promise<number> =>
    world.sql.transaction((tx) =>
      world.access.revokeGrants(tx, { source: 'share', sourceId: one, ...more }, null),
    );
  assert.equal(await revoke({ nodeId: a, roleId: mine }), 1);
  assert.equal(await revoke({ roleId: other }), 2);
  assert.equal(await revoke({ nodeId: a }), 0);
  assert.equal(await revoke({}), 1);
  assert.deepEqual(await left(), [
    'cell1 a mine',
    'share2 a mine',
    'share2 a other',
    'share2 b mine',
    'share2 b other',
  ]);
});

test('a grant given again replaces itself; the journal has before and after, the history the names', async () => {
  const [mine, a, sourceId, actor] = [await world.role('group', 'Design'), newId(), newId(), newId()];
  const give = (allow: number, expiresAt: number | null): Promise<void> =>
    world.sql.transaction((tx) =>
      world.access.grant(tx, { nodeId: a, roleId: mine, allow, source: 'share', sourceId, expiresAt }, actor),
    );
  world.journal.length = 0;
  await give(READ, null);
  await give(READ | WRITE, 99);
  await world.sql.transaction((tx) => world.access.revokeGrants(tx, { source: 'share', sourceId }, actor));
  const facts = { source: 'share', sourceId };
  const first = { ...facts, grant: ['read'], expiresAt: null };
  const second = { ...facts, grant: ['read', 'write'], expiresAt: 99 };
  const role = { roleId: mine, roleName: 'Design' };
  assert.deepEqual(
    world.journal.map(({ actorId, before, after }) => [actorId, before, after]),
    [
      [actor, null, { ...role, ...first }],
      [actor, { ...role, ...first }, { ...role, ...second }],
      [actor, { ...role, ...second }, { ...role, grant: [] }],
    ],
  );
  const { items } = await world.access.history(a, { limit: 10 });
  assert.deepEqual(
    items.map(({ kind, roleName, actorId, before, after }) => [kind, roleName, actorId, before, after]),
    [
      ['grant', 'Design', actor, second, null],
      ['grant', 'Design', actor, first, second],
      ['grant', 'Design', actor, null, first],
    ],
  );
});

test('why tells grants with their source and end, beside the rules that do not silence them', async () => {
  const [weak, mine, root, a] = [
    await world.role('group', 'Staff'),
    await world.role('user', 'ann'),
    newId(),
    newId(),
  ];
  const until = world.clock.time + minute;
  await world.setRule(root, weak, READ, SHARE);
  await world.grant({
    nodeId: root,
    roleId: mine,
    allow: READ | WRITE | SHARE,
    source: 'cell',
    expiresAt: until,
  });
  await world.setRule(a, mine, READ);
  const { principal } = await world.user([weak, mine]);
  const { permissions, steps } = await world.access.why(principal, [root, a]);
  assert.equal(permissions, READ | WRITE);
  assert.deepEqual(
    steps.map(({ kind, nodeId, roleName, effect, source, until: end }) => [
      kind,
      nodeId,
      roleName,
      effect,
      source,
      end,
    ]),
    [
      ['rule', root, 'Staff', 'denies share; silenced by a nearer rule', undefined, undefined],
      ['grant', root, 'ann', 'adds read, write, share', 'cell', until],
      ['rule', a, 'ann', 'allows read', undefined, undefined],
    ],
  );
  assert.equal((await world.access.why(principal, [root, a], until)).permissions, READ, 'at another time');
});

test('a preview tells what would change and changes nothing', async () => {
  const [group, ann, bob, root, a] = [
    await world.role('group'),
    await world.role(),
    await world.role(),
    newId(),
    newId(),
  ];
  await world.setRule(root, group, READ | WRITE);
  await world.setRule(a, bob, ALL);
  await world.grant({ nodeId: a, roleId: ann, allow: READ | SHARE });
  const people = [
    (await world.user([group, ann])).principal,
    (await world.user([group, bob])).principal,
    (await world.user([group])).principal,
  ];
  const preview = (allow: number, deny: number) =>
    world.access.preview([root, a], { roleId: group, allow, deny }, people);
  const before = [READ | WRITE | SHARE, ALL, READ | WRITE];
  const expect = async (allow: number, deny: number, after: number[]): Promise<void> =>
    assert.deepEqual(
      await preview(allow, deny),
      after.map((bits, i) => ({ before: before[i], after: bits })),
    );
  await expect(0, 0, before);
  await expect(READ, 0, [READ | SHARE, ALL, READ]);
  await expect(0, READ, [0, 0, 0]);
  await expect(READ, WRITE, [READ | SHARE, ALL & ~WRITE, READ]);
  assert.deepEqual(
    (await world.access.rulesOf(a)).map((rule) => rule.roleId),
    [bob],
  );
  await assert.rejects(preview(READ, READ), (error) => isAppError(error, 'invalid_input'));
  await world.setRule(a, group, READ, WRITE);
  for (const [i, principal] of people.entries()) {
    const now = { ...principal, epoch: await world.access.epoch() };
    assert.equal(
      await world.access.decide(now, [root, a]),
      [READ | SHARE, ALL & ~WRITE, READ][i],
      'what was told',
    );
  }
});

test('nodes with rules or grants are walked in order, each once', async () => {
  const mine = await world.role();
  const ids = Array.from({ length: 25 }, () => newId());
  for (const [i, nodeId] of ids.entries()) {
    if (i % 3 !== 0) await world.setRule(nodeId, mine, READ);
    if (i % 3 !== 1)
      await world.grant({ nodeId, roleId: mine, allow: READ, expiresAt: i === 6 ? world.clock.time : null });
  }
  const found: string[] = [];
  for (let after = ''; ;) {
    const page = await world.access.nodesWithRules(after, 7);
    found.push(...page);
    if (page.length < 7) break;
    after = page.at(-1) ?? '';
  }
  const wanted = ids.filter((_, i) => i !== 6);
  assert.deepEqual(
    found.filter((id) => ids.includes(id)),
    wanted,
  );
  assert.equal(new Set(found).size, found.length);
});

test('history goes by pages, newest first, and takes only its own cursors', async () => {
  const [mine, a] = [await world.role(), newId()];
  for (const allow of [1, 3, 7, 15, 0]) await world.setRule(a, mine, allow);
  const one = await world.access.history(a, { limit: 2 });
  const two = await world.access.history(a, { limit: 2, cursor: one.next ?? '' });
  const three = await world.access.history(a, { limit: 2, cursor: two.next ?? '' });
  assert.deepEqual(
    [one, two, three].map(({ items }) => items.length),
    [2, 2, 1],
  );
  assert.equal(three.next, null);
  assert.equal(one.items[0]?.after, null);
  assert.deepEqual(three.items[0]?.before, null);
  await assert.rejects(world.access.history(a, { limit: 2, cursor: 'x' }), (error) =>
    isAppError(error, 'invalid_input'),
  );
});
