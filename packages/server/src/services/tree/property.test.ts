import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../kernel/errors.ts';
import { testDialect } from '../../stores/sql/testing.ts';
import type { OnConflict } from './api.ts';
import { copy } from './copy.ts';
import type { Tree } from './core.ts';
import { Model, Refused, type ModelNode } from './model.ts';
import { define, nodeById } from './queries.ts';
import { Counts } from './counts.ts';
import { Quotas } from './quota.ts';
import { Sizes } from './sizes.ts';
import { openTree, type TestTree } from './testing.ts';

/** Numbers pick among what there is when the step is run. */
interface Step {
  readonly verb: (typeof verbs)[number];
  readonly a: number;
  readonly b: number;
  readonly name: string;
  readonly onConflict: OnConflict;
  readonly text: string;
}

const verbs = ['folder', 'put', 'put', 'putById', 'move', 'move', 'rename', 'copy', 'copyStaged', 'shallow', 'trash', 'trash', 'restore', 'restoreTo', 'purge', 'empty', 'deleteVersion', 'restoreVersion', 'rollUp', 'finish', 'look'] as const; // prettier-ignore
const step = (): fc.Arbitrary<Step> =>
  fc.record({
    verb: fc.constantFrom(...verbs),
    a: fc.nat(1000),
    b: fc.nat(1000),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    onConflict: fc.constantFrom<OnConflict>('fail', 'replace', 'keep_both', 'overwrite'),
    text: fc.string({ maxLength: 6, unit: 'grapheme-ascii' }),
  });
/** One step, or two at once. */
const turn = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(step()) },
  { weight: 1, arbitrary: fc.tuple(step(), step()) },
);

type Tell = (result: string) => void;
/** What the tree does, and what the model does when it has; `null`: nothing to do it with. */
type Move = {
  readonly act: () => Promise<unknown>;
  readonly mirror: (result: unknown) => void;
  readonly tell?: Tell;
} | null;

class World {
  readonly t: TestTree;
  readonly model: Model;
  readonly inner: Tree;
  /** Ids once seen, also of what is gone. */
  readonly known: string[] = [];
  readonly snapshots: { readonly seq: number; readonly paths: ReadonlyMap<string, string> }[] = [];

  constructor(t: TestTree) {
    this.t = t;
    this.model = new Model(t.home.rootId);
    this.known.push(t.home.rootId);
    const sizes = new Sizes(t.sql, t.journal);
    this.inner = {
      ...t.deps,
      sizes,
      quotas: new Quotas(t.deps.clock, (workspace) => sizes.used(workspace), t.deps.sql.dialect === 'sqlite'),
      counts: new Counts(
        () => Promise.resolve(0),
        () => 0,
      ),
    };
  }

  pick(n: number): string {
    return this.known[n % this.known.length] ?? '';
  }

  pickFolder(n: number): string {
    const folders = this.known.filter((id) => this.model.nodes.get(id)?.content === null);
    return folders[n % folders.length] ?? '';
  }

  pickTrash(n: number): string {
    const ids = [...this.model.trash.keys()];
    return ids[n % Math.max(1, ids.length)] ?? this.pick(n);
  }

  learn(node: ModelNode, id: string): void {
    node.id = id;
    this.model.nodes.set(id, node);
    this.known.push(id);
  }
}

const idOf = (result: unknown): string => (result as { node: { id: string } }).node.id;

async function prepare(w: World, s: Step): Promise<Move> {
  const { t, model } = w;
  const { context } = t;
  const conflictOf = s.onConflict;
  switch (s.verb) {
    case 'folder': {
      const parentId = w.pickFolder(s.a);
      return {
        act: () => t.tree.createFolder(context, parentId, s.name, conflictOf),
        mirror(result) {
          const parent = model.folder(parentId);
          const there = parent.members.get(s.name);
          if (there?.content === null && conflictOf === 'replace') return;
          w.learn(model.add(parent, model.room(parent, s.name, conflictOf), null), idOf(result));
        },
      };
    }
    case 'put': {
      const parentId = w.pickFolder(s.a);
      const content = await t.content(s.text);
      return {
        act: () => t.tree.putFile(context, { parentId, name: s.name }, content, { onConflict: conflictOf }),
        mirror(result) {
          const parent = model.folder(parentId);
          const there = parent.members.get(s.name);
          if (
            there !== undefined &&
            there.content !== null &&
            (conflictOf === 'replace' || conflictOf === 'overwrite')
          ) {
            there.content = s.text;
            there.versions.push(s.text);
          } else w.learn(model.add(parent, model.room(parent, s.name, conflictOf), s.text), idOf(result));
        },
      };
    }
    case 'putById': {
      const nodeId = w.pick(s.a);
      const content = await t.content(s.text);
      return {
        act: () => t.tree.putFile(context, { nodeId }, content),
        mirror() {
          const node = model.live(nodeId);
          if (node.content === null) throw new Refused('conflict');
          node.content = s.text;
          node.versions.push(s.text);
        },
      };
    }
    case 'move':
    case 'rename': {
      const nodeId = w.pick(s.a);
      const parentId = s.verb === 'move' ? w.pickFolder(s.b) : undefined;
      const name = s.verb === 'rename' || s.b % 2 === 0 ? s.name : undefined;
      const to = { ...(parentId === undefined ? {} : { parentId }), ...(name === undefined ? {} : { name }) };
      return {
        act: () => t.tree.move(context, nodeId, to, { onConflict: conflictOf }),
        mirror() {
          const node = model.live(nodeId);
          if (node.parent === null) throw new Refused('conflict');
          const parent = model.folder(parentId ?? node.parent.id);
          if (parent === node.parent && (name ?? node.name) === node.name) return;
          if (model.lies(parent, node)) throw new Refused('conflict');
          model.place(node, parent, name ?? node.name, conflictOf, node);
        },
      };
    }
    case 'copy':
    case 'copyStaged':
    case 'shallow': {
      const nodeId = w.pick(s.a);
      const parentId = w.pickFolder(s.b);
      const shallow = s.verb === 'shallow';
      const limits = s.verb === 'copyStaged' ? { direct: 1, batch: 2 } : undefined;
      const options = { onConflict: conflictOf, shallow };
      return {
        act: () => copy(w.inner, context, nodeId, { parentId, name: s.name }, options, limits),
        mirror(result) {
          const node = model.live(nodeId);
          const parent = model.folder(parentId);
          if (!shallow && node.content === null && model.lies(parent, node)) throw new Refused('conflict');
          const made = model.clone(node, shallow);
          if (model.place(made, parent, s.name, conflictOf, node) === made) w.learn(made, idOf(result));
        },
      };
    }
    case 'trash': {
      const nodeId = w.pick(s.a);
      return {
        act: () => t.tree.trash(context, nodeId),
        mirror() {
          const node = model.nodes.get(nodeId);
          if (node === undefined) throw new Refused('not_found');
          if (model.isLive(node)) model.discard(node);
        },
      };
    }
    case 'restore':
    case 'restoreTo': {
      const nodeId = w.pickTrash(s.a);
      const parentId = s.verb === 'restoreTo' ? w.pickFolder(s.b) : undefined;
      const rule = conflictOf === 'overwrite' ? 'replace' : conflictOf;
      return {
        act: () =>
          t.tree.restore(context, nodeId, {
            ...(parentId === undefined ? {} : { parentId }),
            onConflict: rule,
          }),
        mirror() {
          const lost = model.trash.get(nodeId);
          if (lost === undefined) throw new Refused('not_found');
          if (parentId === undefined && !(model.nodes.has(lost.from.id) && model.isLive(lost.from)))
            throw new Refused('conflict');
          model.place(lost.node, model.folder(parentId ?? lost.from.id), lost.node.name, rule, null);
        },
      };
    }
    case 'purge': {
      const nodeId = s.b % 2 === 0 ? w.pick(s.a) : w.pickTrash(s.a);
      return {
        act: () => t.tree.purge(context, nodeId),
        mirror() {
          const node = model.nodes.get(nodeId);
          if (node === undefined) throw new Refused('not_found');
          if (node === model.root) throw new Refused('conflict');
          model.forget(node);
        },
      };
    }
    case 'empty':
      if (s.a % 3 > 0) return null;
      return {
        act: () => t.tree.emptyTrash(context, t.home),
        mirror: () => [...model.trash.values()].forEach(({ node }) => model.forget(node)),
      };
    case 'deleteVersion':
    case 'restoreVersion':
      return prepareVersion(w, s);
    case 'rollUp':
      return { act: () => t.tree.rollUpSizes(context.signal), mirror: () => undefined };
    case 'finish':
      return { act: () => t.tree.finishInterrupted(context.signal), mirror: () => undefined };
    case 'look':
      return { act: async () => void (await looked(w)), mirror: () => undefined };
  }
}

async function prepareVersion(w: World, s: Step): Promise<Move> {
  const { t, model } = w;
  const files = w.known.filter((id) => {
    const node = model.nodes.get(id);
    return node !== undefined && node.content !== null && model.isLive(node);
  });
  const nodeId = files[s.a % Math.max(1, files.length)];
  if (nodeId === undefined) return null;
  const { items } = await t.tree.versions(t.context, nodeId, { limit: 100 });
  const version = items[s.b % items.length];
  if (version === undefined) return null;
  const text = String(Buffer.from((await t.contents.small(version.id, version.size)) ?? []));
  const restore = s.verb === 'restoreVersion';
  return {
    act: () => (restore ? t.tree.restoreVersion : t.tree.deleteVersion)(t.context, nodeId, version.id),
    mirror() {
      const node = model.live(nodeId);
      if (restore && version.current) return;
      if (!restore && version.current) throw new Refused('conflict');
      if (restore) {
        node.content = text;
        node.versions.push(text);
      } else node.versions.splice(node.versions.indexOf(text), 1);
    },
  };
}

async function run(w: World, steps: readonly Step[]): Promise<void> {
  const moves = (await Promise.all(steps.map((s) => prepare(w, s)))).filter((move) => move !== null);
  // These look first and write later: beside another step they may as well mean the tree before it as after it. And what is inside a
  // copy could be gone before its ids are learnt.
  const looksFirst = ['deleteVersion', 'restoreVersion', 'look', 'copy', 'copyStaged', 'empty'];
  // "trash" of what lies there already looks for it after its write: a purge asked for later may have been done by then.
  const purged = ['trash', 'purge'].every((verb) => steps.some((s) => s.verb === verb));
  const severalMeanings = purged || steps.some((s) => looksFirst.includes(s.verb));
  // Only SQLite takes writes in the order in which they are asked for (the others: concurrency.test.ts).
  const together = testDialect() === 'sqlite' && !severalMeanings;
  const ends: PromiseSettledResult<unknown>[] = [];
  if (together) ends.push(...(await Promise.allSettled(moves.map((move) => move.act()))));
  for (const [i, move] of moves.entries()) {
    if (severalMeanings && i > 0) break;
    const end = ends[i] ?? (await Promise.allSettled([move.act()]))[0];
    mirror(move, end, steps[i]);
  }
  await learnIds(w);
}

function mirror(
  move: NonNullable<Move>,
  end: PromiseSettledResult<unknown> | undefined,
  s: Step | undefined,
): void {
  const told = JSON.stringify(s);
  let refusal: string | null = null;
  try {
    move.mirror(end?.status === 'fulfilled' ? end.value : { node: { id: '' } });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refusal = error.code;
  }
  if (end?.status === 'rejected') {
    if (!isAppError(end.reason)) throw end.reason;
    assert.equal(end.reason.code, refusal, `${told}: the tree said "${end.reason.message}"`);
  } else assert.equal(refusal, null, `${told}: the tree did what it should have refused`);
}

/** Copies and numbered names bring ids that only the tree knows. */
async function learnIds(w: World): Promise<void> {
  const top = await w.t.tree.locate(w.t.context, w.t.home.rootId);
  const paths = new Map<string, string>();
  for await (const { node, names } of w.t.tree.walk(w.t.context, top, w.t.context.signal))
    paths.set(names.join('/'), node.id);
  const visit = (node: ModelNode, path: string): void => {
    const id = paths.get(path);
    if (node !== w.model.root && node.id === '' && id !== undefined) w.learn(node, id);
    for (const member of node.members.values())
      visit(member, path === '' ? member.name : `${path}/${member.name}`);
  };
  visit(w.model.root, '');
}

/** Compares everything that can be seen, and takes a snapshot. */
async function looked(w: World): Promise<void> {
  const { t, model } = w;
  const wanted: string[] = [];
  const visit = (node: ModelNode, path: string): void => {
    wanted.push(`${path} ${node.id} ${node.content ?? '/'}`);
    for (const member of node.members.values()) visit(member, `${path}/${member.name}`);
  };
  visit(model.root, '');
  const top = await t.tree.locate(t.context, t.home.rootId);
  const seen = [` ${t.home.rootId} /`];
  const paths = new Map<string, string>();
  for await (const { node, names } of t.tree.walk(t.context, top, t.context.signal)) {
    const bytes = node.kind === 'file' ? await t.contents.small(node.versionId ?? '', node.size) : null;
    seen.push(`/${names.join('/')} ${node.id} ${bytes === null ? '/' : Buffer.from(bytes).toString()}`);
    paths.set(node.id, names.join('/'));
  }
  assert.deepEqual(seen.sort(), wanted.sort());
  for (const node of model.nodes.values()) {
    if (node.content === null)
      assert.deepEqual(await t.tree.folderSize(node.id), model.totals(node), `size of ${node.name}`);
    else if (model.isLive(node)) {
      const { items } = await t.tree.versions(t.context, node.id, { limit: 1000 });
      const texts = items.map(async (each) =>
        String(Buffer.from((await t.contents.small(each.id, each.size)) ?? [])),
      );
      assert.deepEqual((await Promise.all(texts)).sort(), node.versions.toSorted());
    }
  }
  assert.equal((await t.tree.usage(t.home)).used, model.used());
  const { items } = await t.tree.listTrash(t.context, t.home, { limit: 1000 });
  assert.deepEqual(items.map((item) => item.node.id).sort(), [...model.trash.keys()].sort());
  w.snapshots.push({ seq: await t.journal.head(), paths });
}

const allNodes = define<Record<string, never>, { id: string; parent_id: string | null; name: string }>((db) =>
  db.selectFrom('nodes').select(['id', 'parent_id', 'name']),
);
const allVersions = define<Record<string, never>, { id: string }>((db) =>
  db.selectFrom('versions').select('id'),
);

/** From the tree of now, undoes the journal back to each snapshot. */
async function replayBackwards(w: World): Promise<void> {
  const rows = [];
  for (let after = 0; ; after = rows.at(-1)?.seq ?? 0) {
    const page = await w.t.journal.read(after, 1000);
    if (page.length === 0) break;
    rows.push(...page);
  }
  const now = await w.t.sql.reader.all(allNodes, {});
  const places = new Map(now.map((row) => [row.id, { parent: row.parent_id, name: row.name }]));
  let next = rows.length - 1;
  for (const snapshot of w.snapshots.toReversed()) {
    for (let row = rows[next]; row !== undefined && row.seq > snapshot.seq; row = rows[--next]) {
      const place = places.get(row.nodeId ?? '');
      if (place === undefined) continue;
      if (row.kind === 'node.created' || row.kind === 'node.copied') places.delete(row.nodeId ?? '');
      if (row.before === null || !('parentId' in row.before)) continue;
      place.parent = String(row.before['parentId']);
      place.name = String(row.before['name']);
    }
    for (const [id, path] of snapshot.paths) {
      if (!now.some((row) => row.id === id)) continue;
      const names: string[] = [];
      let at: string | null = id;
      while (at !== null && at !== w.t.home.rootId) {
        const place = places.get(at);
        if (place === undefined) break; // a folder above has been purged since
        names.unshift(place.name);
        at = place.parent;
      }
      if (at === w.t.home.rootId) assert.equal(names.join('/'), path, `${id} as of ${snapshot.seq}`);
    }
  }
}

/** After everything is finished and rolled up, rows alone tell the same. */
async function settled(w: World): Promise<void> {
  const { t, model } = w;
  await t.tree.finishInterrupted(t.context.signal);
  await t.tree.rollUpSizes(t.context.signal);
  await looked(w);
  for (const node of model.nodes.values()) {
    if (node.content !== null) continue;
    const row = await t.sql.reader.get(nodeById, { id: node.id });
    assert.deepEqual({ bytes: row?.size, files: row?.files }, model.totals(node));
  }
  const wanted = [...model.nodes.values()].reduce((sum, node) => sum + node.versions.length, 0);
  assert.equal((await t.sql.reader.all(allVersions, {})).length, wanted);
  assert.deepEqual(await t.findings(), []);
  const contents: string[] = [];
  for await (const finding of t.contents.check({ deep: true, repair: false })) {
    if (finding.kind !== 'orphan_blob') contents.push(`${finding.kind} ${finding.detail}`);
  }
  assert.deepEqual(contents, []);
  await replayBackwards(w);
}

test('whatever is done to it, the tree is what the model is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 5, maxLength: 60, size: 'max' }), async (turns) => {
      const t = await openTree();
      try {
        const w = new World(t);
        for (const steps of turns) await run(w, steps);
        await settled(w);
      } finally {
        await t.close();
      }
    }),
    {
      numRuns: Number(process.env['TREE_RUNS'] ?? (testDialect() === 'sqlite' ? 60 : 12)),
      endOnFailure: false,
    },
  );
});
