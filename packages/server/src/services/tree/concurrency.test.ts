/** Writers side by side, in no order that anybody could tell: what must hold whichever of them is first. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import type { OnConflict } from './api.ts';
import { define } from './queries.ts';
import { openTree, type TestTree } from './testing.ts';

let t: TestTree;
beforeEach(async () => {
  t = await openTree();
});
afterEach(() => t.close());

async function folder(name: string, parentId: string): Promise<string> {
  return (await t.tree.createFolder(t.context, parentId, name)).node.id;
}

/** Consistent, when everything is finished. */
async function assertSound(): Promise<void> {
  await t.tree.finishInterrupted(t.context.signal);
  await t.tree.rollUpSizes(t.context.signal);
  assert.deepEqual(await t.findings(), []);
  const faults: string[] = [];
  for await (const finding of t.contents.check({ deep: true, repair: false }))
    if (finding.kind !== 'orphan_blob') faults.push(`${finding.kind} ${finding.detail}`);
  assert.deepEqual(faults, []);
}

for (const across of [false, true])
  test(`two folders moved into one another at once make no cycle${across ? ', across workspaces' : ''}`, async () => {
    for (let i = 0; i < 30; i++) {
      const a = await folder(`a${i}`, t.home.rootId);
      const b = await folder(`b${i}`, across ? t.other.rootId : t.home.rootId);
      const [inA, inB] = [await folder('inside', a), await folder('inside', b)];
      const ends = await Promise.allSettled([
        t.tree.move(t.context, a, { parentId: inB }),
        t.tree.move(t.context, b, { parentId: inA }),
      ]);
      const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      assert.equal(refused.length, 1);
      assert.ok(isAppError(refused[0], 'conflict') && refused[0].details['reason'] === 'into_itself');
    }
    await assertSound();
  });

test('of many who create one name at once, one does', async () => {
  const make = (): Promise<unknown> => t.tree.createFolder(t.context, t.home.rootId, 'one');
  const ends = await Promise.allSettled(Array.from({ length: 20 }, make));
  assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1);
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  assert.ok(refused.every((reason) => isAppError(reason, 'conflict')));
});

test('many who write one file at once all end as versions of it', async () => {
  const texts = Array.from({ length: 24 }, (_, i) => `text ${i}`);
  const ids = await Promise.all(texts.map((text) => t.put(t.home.rootId, 'file', text)));
  assert.equal(new Set(ids).size, 1);
  assert.deepEqual((await versionTexts()).sort(), texts.sort());
  await assertSound();
});

const ways: Readonly<Record<string, (from: string, into: string) => Promise<unknown>>> = {
  merged: (from, into) => t.tree.move(t.context, from, { name: into }, { onConflict: 'replace' }),
  trashed: (from) => t.tree.trash(t.context, from),
  purged: (from) => t.tree.purge(t.context, from),
};
for (const [way, act] of Object.entries(ways))
  test(`what is put into a folder while it is ${way} is nowhere half`, async () => {
    for (let i = 0; i < 12; i++) {
      const from = await folder(`from${i}`, t.home.rootId);
      const places = [from, await folder('sub', from)];
      const into = await folder(`into${i}`, t.home.rootId);
      places.push(await folder('sub', into));
      await Promise.all(places.map((id) => t.put(id, 'old', `old ${id}`)));
      const texts = Array.from({ length: 12 }, (_, n) => `put ${i} ${n}`);
      const puts = texts.map((text, n) => t.put(places[n % 3] ?? '', n < 6 ? 'old' : `f${n}`, text));
      const [end, ...ends] = await Promise.allSettled([act(from, `into${i}`), ...puts]);
      for (const each of [end, ...ends]) if (each.status === 'rejected') assertRefusal(each.reason);
      if (way === 'purged') continue;
      const kept = await versionTexts();
      const lost = texts.filter((text, n) => ends[n]?.status === 'fulfilled' && !kept.includes(text));
      assert.deepEqual(lost, []);
    }
    await assertSound();
  });

test('a folder that many write into without a pause can be renamed', async () => {
  const id = await folder('busy', t.home.rootId);
  const deadline = performance.now() + 8000;
  let renamed = false;
  const writer = async (lane: number): Promise<void> => {
    for (let i = 0; !renamed && performance.now() < deadline; i++) await t.put(id, `f${lane}-${i}`, 'x');
  };
  const writers = Array.from({ length: 8 }, (_, lane) => writer(lane));
  await t.put(id, 'first', 'x');
  await t.tree.move(t.context, id, { name: 'renamed' });
  renamed = true;
  assert.ok(performance.now() < deadline, 'waited until nobody wrote any more');
  await Promise.all(writers);
  await assertSound();
});

test('a copy of what goes for good at once is whole, or is not', async () => {
  for (let i = 0; i < 15; i++) {
    const from = await folder(`from${i}`, t.home.rootId);
    await Promise.all(Array.from({ length: 8 }, (_, n) => t.put(from, `f${n}`, `${i} ${n}`)));
    const ends = await Promise.allSettled([
      t.tree.copy(t.context, from, { parentId: t.home.rootId, name: `copy${i}` }),
      t.tree.purge(t.context, from),
      t.tree.copy(t.context, from, { parentId: t.other.rootId, name: `copy${i}` }),
    ]);
    for (const end of ends) if (end.status === 'rejected') assertRefusal(end.reason);
  }
  await assertSound();
});

test('of a restore and an emptied trash one wins', async () => {
  for (let i = 0; i < 15; i++) {
    const id = await folder(`from${i}`, t.home.rootId);
    await Promise.all(Array.from({ length: 4 }, (_, n) => t.put(id, `f${n}`, `${i} ${n}`)));
    await t.tree.trash(t.context, id);
    const [restored, emptied] = await Promise.allSettled([
      t.tree.restore(t.context, id),
      t.tree.emptyTrash(t.context, t.home),
    ]);
    assert.equal(emptied.status, 'fulfilled');
    const seen = (await t.paths()).filter((path) => path.startsWith(`from${i}/`)).length;
    assert.equal(seen, restored.status === 'fulfilled' ? 5 : 0);
  }
  await assertSound();
});

test('a storm of everything loses nothing that was acknowledged', async () => {
  const { acknowledged } = await storm([
    'put',
    'put',
    'put',
    'folder',
    'move',
    'move',
    'copy',
    'trash',
    'restore',
  ]);
  const texts = new Set(await versionTexts());
  assert.deepEqual(
    acknowledged.filter((text) => !texts.has(text)),
    [],
  );
  await assertSound();
});

test('a storm with purges, versions and roll-ups leaves a sound tree', async () => {
  await storm([
    'put',
    'put',
    'folder',
    'move',
    'copy',
    'trash',
    'restore',
    'purge',
    'version',
    'roll',
    'properties',
  ]);
  await assertSound();
});

type Verb =
  'put' | 'folder' | 'move' | 'copy' | 'trash' | 'restore' | 'purge' | 'version' | 'roll' | 'properties';

const conflicts: readonly OnConflict[] = ['replace', 'keep_both', 'fail', 'overwrite'];

/** Six clients who each do one thing after another. @returns the texts of puts that succeeded */
async function storm(verbs: readonly Verb[]): Promise<{ readonly acknowledged: string[] }> {
  const folders = [t.home.rootId, t.other.rootId];
  for (let i = 0; i < 4; i++) folders.push(await folder(`d${i}`, folders.at(-1) ?? ''));
  const things = folders.slice(2);
  const acknowledged: string[] = [];
  const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
  const act = async (verb: Verb, text: string): Promise<void> => {
    const { tree, context } = t;
    const onConflict = any(conflicts);
    const name = `n${Math.floor(Math.random() * 6)}`;
    if (verb === 'put') {
      const content = await t.content(text);
      const made = await tree.putFile(context, { parentId: any(folders), name }, content, { onConflict });
      things.push(made.node.id);
      acknowledged.push(text);
    } else if (verb === 'folder') {
      const { node } = await tree.createFolder(context, any(folders), name, onConflict);
      folders.push(node.id);
      things.push(node.id);
    } else if (verb === 'move')
      await tree.move(context, any(things), { parentId: any(folders), name }, { onConflict });
    else if (verb === 'copy')
      await tree.copy(context, any(things), { parentId: any(folders), name }, { onConflict });
    else if (verb === 'trash') await tree.trash(context, any(things));
    else if (verb === 'restore') await tree.restore(context, any(things), { onConflict: 'keep_both' });
    else if (verb === 'purge') await tree.purge(context, any(things));
    else if (verb === 'roll') await tree.rollUpSizes(context.signal);
    else if (verb === 'properties')
      await tree.patchProperties(context, any(things), new Map([['{x}p', text]]));
    else await olderVersion(any(things), Math.random() < 0.5);
  };
  const client = async (lane: number): Promise<void> => {
    for (let i = 0; i < 40; i++) await act(any(verbs), `text ${lane} ${i}`).catch(assertRefusal);
  };
  await Promise.all(Array.from({ length: 6 }, (_, lane) => client(lane)));
  return { acknowledged };
}

async function olderVersion(nodeId: string, remove: boolean): Promise<void> {
  const { items } = await t.tree.versions(t.context, nodeId, { limit: 10 });
  const oldest = items.at(-1);
  if (oldest === undefined) return;
  if (remove) await t.tree.deleteVersion(t.context, nodeId, oldest.id);
  else await t.tree.restoreVersion(t.context, nodeId, oldest.id);
}

/** Reasons that a client may be told; never that something broke. */
function assertRefusal(error: unknown): void {
  if (!isAppError(error, 'conflict') && !isAppError(error, 'not_found')) throw error;
}

const allVersions = define<Record<string, never>, { id: string; size: number }>((db) =>
  db.selectFrom('versions').select(['id', 'size']),
);

async function versionTexts(): Promise<string[]> {
  const rows = await t.sql.reader.all(allVersions, {});
  const read = async (row: { id: string; size: number }): Promise<string> =>
    String(Buffer.from((await t.contents.small(row.id, row.size)) ?? []));
  return Promise.all(rows.map(read));
}
