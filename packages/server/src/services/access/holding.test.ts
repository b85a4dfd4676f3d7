/** Until when a right lasts, and the pages of rules along a way: on every database. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { ALL, READ, SHARE, WRITE, type HeldRole, type Holding } from './api.ts';
import { openAccess, type TestAccess } from './fixtures.ts';

let world: TestAccess;
let strong: string;
let weak: string;
before(async () => {
  world = await openAccess();
  [weak, strong] = [await world.role('group', 'weak'), await world.role('group', 'strong')];
});
after(() => world.close());

const later = (hours: number): number => world.clock.time + hours * 3_600_000;
const held = (weakUntil: number | null, strongUntil: number | null): readonly HeldRole[] => [
  { id: weak, until: weakUntil },
  { id: strong, until: strongUntil },
];
const holding = (
  roles: readonly HeldRole[],
  chain: readonly string[],
  need = READ,
): Promise<Holding | null> => world.access.holding(world.sql.reader, roles, chain, need);

test('a right lasts as long as the longest of what gives it', async () => {
  await world.setRule('one', weak, READ | SHARE);
  assert.deepEqual(await holding(held(null, null), ['one']), { until: null, by: null });
  assert.deepEqual(await holding(held(later(2), null), ['one']), { until: later(2), by: null });
  assert.equal(await holding(held(null, null), ['one'], WRITE), null);
  assert.equal(await holding([{ id: strong, until: null }], ['one']), null);
  const given = { nodeId: 'one', roleId: strong, allow: ALL, source: 'share', sourceId: 's' } as const;
  await world.grant({ ...given, expiresAt: later(3) });
  const by = { source: 'share', sourceId: 's' };
  assert.deepEqual(await holding(held(later(2), null), ['one', 'below']), { until: later(3), by });
  assert.deepEqual(await holding(held(later(2), later(1)), ['one']), { until: later(2), by: null });
  assert.deepEqual(await holding(held(null, later(1)), ['one'], SHARE | WRITE), { until: later(1), by });
});

test('who may share by rules, but gives on what a grant gave, leans on that grant', async () => {
  await world.setRule('half', weak, READ | SHARE);
  const given = {
    nodeId: 'half',
    roleId: strong,
    allow: READ | WRITE,
    source: 'share',
    sourceId: 'e',
  } as const;
  await world.grant({ ...given, expiresAt: null });
  const by = { source: 'share', sourceId: 'e' };
  assert.deepEqual(await holding(held(null, null), ['half'], SHARE | WRITE), { until: null, by });
  assert.deepEqual(await holding(held(null, null), ['half'], SHARE), { until: null, by: null });
});

test('what ends may take a right away by giving way to what was silenced, and give none back before', async () => {
  await world.setRule('two', weak, READ);
  await world.setRule('two', strong, ALL);
  assert.deepEqual(await holding(held(null, later(1)), ['two'], WRITE), { until: later(1), by: null });
  await world.setRule('three', weak, ALL);
  await world.setRule('three', strong, READ);
  assert.equal(await holding(held(null, later(1)), ['three'], WRITE), null);
  await world.setRule('four', weak, ALL);
  await world.setRule('four', strong, 0, READ);
  assert.equal(await holding(held(null, later(1)), ['four']), null);
});

test('roles have a say where they are allowed or given anything, each place named once', async () => {
  const { access, sql } = world;
  const [bare, other] = [await world.role('group', 'bare'), await world.role('group', 'other')];
  await world.setRule('five', bare, 0, WRITE);
  assert.deepEqual(await access.placesOf(sql.reader, [bare]), []);
  assert.deepEqual(await access.placesOf(sql.reader, []), []);
  await world.setRule('five', other, READ);
  const given = { roleId: other, allow: READ, source: 'share', sourceId: 'p' } as const;
  await world.grant({ ...given, nodeId: 'five', expiresAt: null });
  await world.grant({ ...given, nodeId: 'six', expiresAt: later(1) });
  await world.grant({ ...given, nodeId: 'seven', expiresAt: later(-1) });
  assert.deepEqual((await access.placesOf(sql.reader, [bare, other])).toSorted(), ['five', 'six']);
});

test('rules and grants along a way come page by page, the nearest node first, each once', async () => {
  const roles = await Promise.all([1, 2, 3].map((n) => world.role('user', `user ${n}`)));
  for (const [i, roleId] of roles.entries())
    for (const nodeId of ['top', 'own']) {
      await world.setRule(nodeId, roleId, READ);
      const expiresAt = i === 0 ? later(-1) : null;
      await world.grant({ nodeId, roleId, allow: READ, sourceId: `${nodeId} ${i}`, expiresAt });
    }
  const chain = ['top', 'empty', 'own'];
  const page = async (limit: number, cursor?: string) => {
    const found = await world.access.rulesPage(chain, { limit, ...(cursor === undefined ? {} : { cursor }) });
    const near = (one: { readonly nodeId: string }): number => -chain.indexOf(one.nodeId);
    const ids = [...found.rules, ...found.grants].sort((a, b) => near(a) - near(b));
    return { ids, next: found.next };
  };
  const all = await page(100);
  assert.equal(all.next, null);
  assert.equal(all.ids.length, 10);
  for (const limit of [1, 3, 4, 9, 10]) {
    const got = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { ids, next } = await page(limit, cursor);
      got.push(...ids);
      cursor = next;
    }
    const nodes = got.map((one) => one.nodeId);
    assert.deepEqual(nodes.slice(0, 5), Array<string>(5).fill('own'), `${limit} a page`);
    assert.deepEqual(new Set(got.map((one) => one.id)), new Set(all.ids.map((one) => one.id)));
    assert.equal(got.length, 10);
  }
  await assert.rejects(page(5, 'elsewhere.rules.'), (error: unknown) => isAppError(error, 'invalid_input'));
});
