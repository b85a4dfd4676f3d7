import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { systemPrincipal } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { Lock, TreeBoundLocks } from './api.ts';
import { locksMigrations } from './migrations.ts';
import * as queries from './queries.ts';
import { startLocks } from './service.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

let sql: SqlStore;
let close: () => Promise<void>;
let locks: TreeBoundLocks;
let now = 1_000_000;
before(async () => {
  ({ sql, close } = await openTestSql(locksMigrations));
  locks = startLocks({ sql, clock: { now: () => now, monotonic: () => now } }).api;
});
after(() => close());

const anna = newId();
const bert = newId();

function as(userId: string, ...held: readonly Lock[]): Context {
  const principal = { ...systemPrincipal, userId };
  return {
    principal,
    requestId: 'test',
    signal: new AbortController().signal,
    lockTokens: held.map((lock) => lock.token),
  };
}

function chainOf(depth: number): string[] {
  return Array.from({ length: depth }, () => newId());
}

type Input = Partial<Pick<Lock, 'scope' | 'depth'>> & { readonly timeoutMs?: number };

function lock(userId: string, chain: readonly string[], input: Input = {}): Promise<Lock> {
  const full = { scope: 'exclusive', depth: 'infinity', owner: '<x/>', timeoutMs: 60_000, ...input } as const;
  return sql.transaction((tx) => locks.lock(tx, as(userId), chain, full));
}

function need(
  context: Context,
  chain: readonly string[],
  change: 'content' | 'members' | 'subtree',
): Promise<void> {
  return locks.require(sql.reader, context, chain, change);
}

const code = (wanted: string) => (error: unknown) => isAppError(error, wanted as 'locked');

test('an exclusive lock shuts out others, and its owner without the token', async () => {
  const chain = chainOf(3);
  const held = await lock(anna, chain, { depth: '0' });
  assert.match(held.token, /^urn:uuid:/);
  await need(as(anna, held), chain, 'content');
  await assert.rejects(need(as(anna), chain, 'content'), (error) => {
    return (
      isAppError(error, 'locked') && JSON.stringify(error.details['nodeIds']) === JSON.stringify([chain[2]])
    );
  });
  await assert.rejects(need(as(bert, held), chain, 'content'), code('locked'));
  await need(as(bert), chain.slice(0, 2), 'members');
  await need(as(bert), [...chain, newId()], 'content');
});

test('depth infinity covers everything below, whenever it was made', async () => {
  const chain = chainOf(2);
  const held = await lock(anna, chain);
  const below = [...chain, newId(), newId()];
  await assert.rejects(need(as(bert), below, 'content'), code('locked'));
  await need(as(anna, held), below, 'subtree');
  assert.deepEqual(
    (await locks.covering(null, below)).map((each) => each.token),
    [held.token],
  );
});

test('what goes away needs the tokens of the locks below it', async () => {
  const chain = chainOf(4);
  const held = await lock(anna, chain, { depth: '0' });
  await assert.rejects(need(as(bert), chain.slice(0, 2), 'subtree'), code('locked'));
  await need(as(bert), chain.slice(0, 2), 'members');
  await need(as(anna, held), chain.slice(0, 2), 'subtree');
  await sql.transaction((tx) => locks.removeFor(tx, [chain[1] ?? '']));
  await need(as(bert), chain, 'subtree');
  assert.equal((await sql.reader.all(queries.tokensBelow, { ids: chain })).length, 0);
});

test('locks conflict up and down the tree', async () => {
  const chain = chainOf(3);
  const parent = chain.slice(0, 2);
  const sibling = [...parent, newId()];
  await lock(anna, chain);
  await assert.rejects(lock(anna, chain), code('locked'));
  await assert.rejects(lock(bert, parent, { scope: 'shared' }), code('locked'));
  await lock(bert, parent, { depth: '0' });
  await lock(bert, sibling);
  await assert.rejects(lock(anna, [...chain, newId()], { scope: 'shared' }), code('locked'));
});

test('shared locks stand side by side, and any one token opens', async () => {
  const chain = chainOf(2);
  const one = await lock(anna, chain, { scope: 'shared' });
  const two = await lock(bert, chain, { scope: 'shared' });
  await assert.rejects(lock(anna, chain), code('locked'));
  await need(as(anna, one), chain, 'subtree');
  await need(as(bert, two), chain, 'content');
  await assert.rejects(need(as(newId()), chain, 'content'), code('locked'));
  const byNode = await locks.onNodes([chain[1] ?? '', newId()]);
  assert.equal(byNode.get(chain[1] ?? '')?.length, 2);
});

test('of takers at once one gets an exclusive lock', async () => {
  const chain = chainOf(2);
  const ends = await Promise.allSettled(Array.from({ length: 8 }, () => lock(anna, chain)));
  assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1);
});

test('refresh and unlock are for the owner, on what the lock covers', async () => {
  const chain = chainOf(2);
  const held = await lock(anna, chain);
  const before = held.expiresAt;
  now += 1000;
  assert.ok((await locks.refresh(as(anna), [...chain, newId()], held.token, 120_000)).expiresAt > before);
  await assert.rejects(locks.refresh(as(bert), chain, held.token, 1), code('precondition_failed'));
  await assert.rejects(locks.refresh(as(anna), chainOf(2), held.token, 1), code('precondition_failed'));
  await assert.rejects(locks.unlock(as(bert), chain, held.token), code('forbidden'));
  await assert.rejects(locks.unlock(as(anna), chainOf(2), held.token), code('conflict'));
  await locks.unlock(as(anna), chain, held.token);
  await assert.rejects(locks.unlock(as(anna), chain, held.token), code('conflict'));
  await need(as(bert), chain, 'content');
});

test('a lock ends by itself: within a day, an hour where nothing sensible was asked', async () => {
  const chain = chainOf(2);
  assert.equal((await lock(anna, chain, { timeoutMs: Infinity })).expiresAt, now + 86_400_000);
  assert.equal((await lock(anna, chainOf(2), { timeoutMs: 0 })).expiresAt, now + 3_600_000);
  now += 86_400_000;
  await need(as(bert), chain, 'content');
  await lock(bert, chain);
  assert.ok((await locks.expire()) >= 1);
  assert.equal((await locks.covering(null, chain)).length, 1);
});

test('without any lock about, a write asks once', async () => {
  assert.equal(await statementsOf(sql, () => need(as(anna), chainOf(10), 'subtree')), 1);
});

test('acquire checks the chain in its own transaction', async () => {
  const chain = chainOf(2);
  const seen: (readonly string[])[] = [];
  locks.bindTree((_tx, _context, asked) => {
    seen.push(asked);
    return Promise.resolve();
  });
  const held = await locks.acquire(as(anna), chain, {
    scope: 'exclusive',
    depth: '0',
    owner: '',
    timeoutMs: 1000,
  });
  assert.deepEqual([held.nodeId, seen], [chain[1], [chain]]);
});

test('every statement compiles for every dialect', () => {
  for (const query of Object.values(queries))
    for (const dialect of ['sqlite', 'postgres', 'mysql'] as const) assert.ok(query.compiled(dialect).sql);
});
