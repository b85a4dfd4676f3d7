/** What decisions cost: statements, look-ups and turns of the event loop are counted; times are printed, and nobody fails by them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../kernel/ids.ts';
import { READ, SHARE, WRITE } from './api.ts';
import { openAccess, type TestAccess } from './fixtures.ts';
import { insertRole, upsertRule } from './queries.ts';
import { compileRules, settleChildren, walk } from './rules.ts';

let world: TestAccess;
before(async () => {
  world = await openAccess();
});
after(() => world.close());

const ids = (count: number): string[] => Array.from({ length: count }, () => newId());

async function setMany(nodeIds: readonly string[], roleId: string, allow: number): Promise<void> {
  await world.sql.transaction(async (tx) => {
    const rows = nodeIds.map((nodeId) => ({ id: newId(), nodeId, roleId, allow, deny: 0 }));
    await tx.runMany(upsertRule, rows);
    await world.access.bumpEpoch(tx);
  });
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** How often others had their turn meanwhile, and the most that this thread has worked, in milliseconds, before that. */
async function turnsOf(work: () => Promise<unknown>): Promise<{ turns: number; longest: number }> {
  const worked = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let longest = 0;
  let turns = 0;
  let last = worked();
  let going = true;
  const tick = (): void => {
    const now = worked();
    longest = Math.max(longest, now - last);
    last = now;
    turns++;
    if (going) setImmediate(tick);
  };
  setImmediate(tick);
  await work();
  going = false;
  await new Promise((resolve) => setImmediate(resolve));
  return { turns, longest };
}

class CountingMap extends Map<string, number> {
  asked = 0;
  override get(key: string): number | undefined {
    this.asked++;
    return super.get(key);
  }
  override has(key: string): boolean {
    this.asked++;
    return super.has(key);
  }
}

test('one node of a warm user is decided without a statement, by one look-up a level', async () => {
  const [mine, chain] = [await world.role(), ids(12)];
  const ruled = [...chain.slice(0, 6), ...ids(500)];
  await setMany(ruled, mine, READ | WRITE);
  const { principal } = await world.user([mine]);
  await world.access.decide(principal, chain);
  const spent = await world.statements(async () => {
    for (let i = 0; i < 100; i++) assert.equal(await world.access.decide(principal, chain), READ | WRITE);
  });
  assert.equal(spent, 0);
  const rows = ruled.map((node_id) => ({ node_id, role_id: 'a', allow: READ | WRITE, deny: 0 }));
  const rules = new CountingMap(compileRules(['a'], rows));
  rules.asked = 0;
  walk(rules, chain);
  assert.equal(rules.asked, chain.length);
});

test('a thousand children cost one look-up each, and none where no rule is set elsewhere', (t) => {
  const [chain, children] = [ids(5), ids(1000)];
  const asker = { scopes: ['files:write'] } as const;
  const rows = [chain[0] ?? '', ...children.filter((_, i) => i % 2 === 0)].map((node_id, i) => ({
    node_id,
    role_id: i % 3 === 0 ? 'a' : 'b',
    allow: i % 5 === 0 ? READ | SHARE : READ | WRITE,
    deny: i % 7 === 0 ? WRITE : 0,
  }));
  const mixed = new CountingMap(compileRules(['a', 'b'], rows));
  const plain = new CountingMap(compileRules(['a', 'b'], rows.slice(0, 1)));
  mixed.asked = plain.asked = 0;
  settleChildren(plain, chain, children, asker);
  assert.ok(plain.asked <= 2 * chain.length, `${plain.asked}`);
  settleChildren(mixed, chain, children, asker);
  assert.ok(mixed.asked <= 2 * chain.length + children.length, `${mixed.asked}`);
  t.diagnostic(`look-ups: ${plain.asked} without rules at children, ${mixed.asked} with 500`);
});

test('a hundred thousand rules of one user are loaded without stopping the others', async (t) => {
  const [mine, root, nodes] = [await world.role(), newId(), ids(100_000)];
  await setMany(nodes, mine, READ);
  await world.setRule(root, mine, READ | WRITE);
  await world.grant({
    nodeId: nodes[7] ?? '',
    roleId: mine,
    allow: SHARE,
    expiresAt: world.clock.time + 1000,
  });
  const { principal } = await world.user([mine]);
  const started = performance.now();
  const { turns, longest } = await turnsOf(() => world.access.decide(principal, [root]));
  t.diagnostic(
    `loaded in ${(performance.now() - started).toFixed(0)} ms, others had ${turns} turns, the loop was held for at most ${longest.toFixed(1)} ms`,
  );
  assert.ok(turns >= nodes.length / 1000, `${turns}`); // a slice is 1,000 rules
  const warm = await world.statements(async () => {
    for (const id of nodes.slice(0, 1000)) await world.access.decide(principal, [root, id]);
    const bits = await world.access.decideChildren(principal, [root], nodes.slice(0, 10));
    assert.deepEqual(
      bits,
      nodes.slice(0, 10).map((_, i) => (i === 7 ? READ | SHARE : READ)),
    );
  });
  assert.equal(warm, 0);
  world.clock.time += 1000;
  assert.equal(await world.access.decide(principal, [root, nodes[7] ?? '']), READ, 'ended, though sliced');
});

test('rules that change while slices are read are not mixed', async () => {
  const [mine, root, nodes] = [await world.role(), newId(), ids(5_000)];
  await setMany(nodes, mine, READ);
  await world.setRule(root, mine, READ | WRITE);
  const { principal } = await world.user([mine]);
  const loading = world.access.decide(principal, [root, nodes[0] ?? '']);
  let changes = 0;
  const change = async (): Promise<void> => {
    for (; changes < 6; changes++) {
      // Always exactly one of both may be written to.
      const [from, to] = changes % 2 === 0 ? [nodes[0], nodes.at(-1)] : [nodes.at(-1), nodes[0]];
      await world.sql.transaction(async (tx) => {
        await world.access.setRule(tx, { nodeId: from ?? '', roleId: mine, allow: READ, deny: 0 }, null);
        await world.access.setRule(
          tx,
          { nodeId: to ?? '', roleId: mine, allow: READ | WRITE, deny: 0 },
          null,
        );
      });
      const now = { ...principal, epoch: await world.access.epoch() };
      const [first, last] = await world.access.decideChildren(
        now,
        [root],
        [nodes[0] ?? '', nodes.at(-1) ?? ''],
      );
      assert.equal((first ?? 0) ^ (last ?? 0), WRITE);
    }
  };
  await Promise.all([loading, change()]);
  assert.equal(changes, 6);
});

test('ten thousand users and a thousand groups do not make one of them slower', async (t) => {
  const groups = ids(1_000);
  const people = ids(10_000);
  const shared = newId();
  await world.sql.transaction(async (tx) => {
    const role = (id: string) => ({ id, kind: 'user', name: id });
    await tx.runMany(insertRole, [...groups, ...people].map(role));
    const rule = (roleId: string, nodeId: string) => ({ id: newId(), nodeId, roleId, allow: READ, deny: 0 });
    await tx.runMany(
      upsertRule,
      groups.map((id) => rule(id, shared)),
    );
    for (let i = 0; i < 9; i++)
      await tx.runMany(
        upsertRule,
        people.map((id) => rule(id, newId())),
      );
    await world.access.bumpEpoch(tx);
  });
  const times: number[] = [];
  for (const [i, own] of people.slice(0, 200).entries()) {
    const { principal } = await world.user([groups[i] ?? '', own]);
    const started = performance.now();
    const spent = await world.statements(() => world.access.decide(principal, [shared]));
    times.push(performance.now() - started);
    assert.equal(spent, 1);
  }
  t.diagnostic(`a cold user of 10,000 with 91,000 rules in all: ${median(times).toFixed(2)} ms`);
});
