import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { ALL, MANAGE, READ, SHARE, WRITE } from './api.ts';
import { openAccess, type TestAccess } from './fixtures.ts';

let world: TestAccess;
let owner: string;
const [root, shown, inside, deep, beside] = [newId(), newId(), newId(), newId(), newId()];

before(async () => {
  world = await openAccess();
  owner = await world.role();
  await world.setRule(root, owner, ALL);
});
after(() => world.close());

function visitor(roots: ReadonlyMap<string, number>): Promise<Context> {
  return world.user([owner], {
    via: 'link',
    confined: { linkId: newId(), visitId: '', ownerId: newId(), roots },
  });
}

function require(context: Context, chain: readonly string[], need: number): Promise<void> {
  return world.sql.transaction((tx) => world.access.require(tx, context, chain, need));
}

const outside = [[root], [root, beside], [root, beside, newId()], [newId()], []];

test('a visitor sees its roots and what is below, by every method', async () => {
  const context = await visitor(new Map([[shown, READ | WRITE]]));
  const { principal } = context;
  const { access } = world;
  for (const chain of [
    [root, shown],
    [root, shown, inside],
    [root, shown, inside, deep],
  ]) {
    assert.equal(await access.decide(principal, chain), READ | WRITE);
    await require(context, chain, READ | WRITE);
    await assert.rejects(require(context, chain, SHARE), (error) => isAppError(error, 'forbidden'));
    await assert.rejects(require(context, chain, MANAGE), (error) => isAppError(error, 'forbidden'));
    assert.equal((await access.why(principal, chain)).permissions, READ | WRITE);
  }
  for (const chain of outside) {
    assert.equal(await access.decide(principal, chain), 0);
    await assert.rejects(require(context, chain, READ), (error) => isAppError(error, 'not_found'));
    assert.equal((await access.why(principal, chain)).permissions, 0);
  }
  assert.deepEqual(await access.decideChildren(principal, [root], [beside, shown, newId()]), [
    0,
    READ | WRITE,
    0,
  ]);
  assert.deepEqual(await access.decideChildren(principal, [root, shown], [inside]), [READ | WRITE]);
  assert.deepEqual(await access.decideChildren(principal, [root, beside], [newId()]), [0]);
  const [preview] = await access.preview([root], { roleId: owner, allow: READ, deny: 0 }, [principal]);
  assert.deepEqual(preview, { before: 0, after: 0 });
  const rule = { roleId: owner, allow: READ, deny: 0 };
  await assert.rejects(access.changeRule(context, [root, shown], rule), (error) =>
    isAppError(error, 'forbidden'),
  );
  await assert.rejects(access.changeRule(context, [root], rule), (error) => isAppError(error, 'not_found'));
});

test('nothing was shared with a visitor, whatever was shared with the owner', async () => {
  await world.grant({ nodeId: beside, roleId: owner, allow: READ });
  const { principal } = await visitor(new Map([[shown, READ]]));
  assert.deepEqual(await world.access.grantsFor(principal), []);
  assert.equal((await world.access.grantsFor((await world.user([owner])).principal)).length, 1);
});

test('a visitor stays confined when its transaction reads it anew, even if whoever does forgets why', async () => {
  const context = await visitor(new Map([[shown, READ]]));
  const { principal } = context;
  const { confined, ...forgetful } = principal;
  assert.ok(confined);
  world.present.set(principal.userId ?? '', forgetful);
  await world.sql.transaction((tx) => world.access.bumpEpoch(tx));
  await require(context, [root, shown], READ);
  for (const chain of outside)
    await assert.rejects(require(context, chain, READ), (error) => isAppError(error, 'not_found'));
  await assert.rejects(require(context, [root, shown], WRITE), (error) => isAppError(error, 'forbidden'));
  const inside = await world.sql.transaction((tx) => world.access.current(tx, context));
  assert.equal(inside.confined, confined);
});

test('a narrower confinement that is read anew holds at once', async () => {
  const context = await visitor(new Map([[shown, READ | WRITE]]));
  const { principal } = context;
  world.present.set(principal.userId ?? '', {
    ...principal,
    confined: { linkId: '', visitId: '', ownerId: '', roots: new Map([[shown, READ]]) },
  });
  await world.sql.transaction((tx) => world.access.bumpEpoch(tx));
  await assert.rejects(require(context, [root, shown], WRITE), (error) => isAppError(error, 'forbidden'));
});

test("a visitor's access ends with the owner's rule, for reads of the next request and for writes at once", async () => {
  const [mine, top, leaf] = [await world.role(), newId(), newId()];
  await world.setRule(top, mine, ALL);
  const confined = { linkId: newId(), visitId: '', ownerId: newId(), roots: new Map([[leaf, READ | WRITE]]) };
  const context = await world.user([mine], { via: 'link', confined });
  assert.equal(await world.access.decide(context.principal, [top, leaf]), READ | WRITE);
  await world.setRule(top, mine, READ | SHARE);
  await assert.rejects(require(context, [top, leaf], WRITE), (error) => isAppError(error, 'forbidden'));
  assert.equal(await world.access.decide((await world.again(context)).principal, [top, leaf]), READ);
  await world.setRule(top, mine, 0);
  await assert.rejects(require(context, [top, leaf], READ), (error) => isAppError(error, 'not_found'));
  assert.equal(await world.access.decide((await world.again(context)).principal, [top, leaf]), 0);
  await world.setRule(top, mine, ALL);
  world.present.delete(context.principal.userId ?? '');
  await assert.rejects(require(context, [top, leaf], READ), (error) => isAppError(error, 'unauthenticated'));
});

test('scopes narrow a visitor further; a drop box may put, but not manage', async () => {
  const confined = { linkId: newId(), visitId: '', ownerId: newId(), roots: new Map([[shown, ALL]]) };
  const dropping = await world.user([owner], { via: 'link', confined, scopes: ['files:drop'] });
  assert.equal(await world.access.decide(dropping.principal, [root, shown]), READ | WRITE);
  await assert.rejects(require(dropping, [root, shown], SHARE), (error) => isAppError(error, 'forbidden'));
  const looking = await world.user([owner], { via: 'link', confined, scopes: ['files:read'] });
  assert.equal(await world.access.decide(looking.principal, [root, shown]), READ);
});

test('why tells what the link leaves', async () => {
  const { principal } = await visitor(new Map([[shown, READ]]));
  const { steps } = await world.access.why(principal, [root, shown, inside]);
  assert.deepEqual(
    steps.map(({ kind, nodeId, effect }) => [kind, nodeId, effect]),
    [
      ['rule', root, 'allows read, write, share, manage'],
      ['confinement', shown, 'leaves read at most'],
    ],
  );
  const outsideSteps = (await world.access.why(principal, [root])).steps;
  assert.equal(outsideSteps.at(-1)?.effect, 'leaves nothing');
});
