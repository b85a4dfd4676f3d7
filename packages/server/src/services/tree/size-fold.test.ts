import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalRow } from '../journal/api.ts';
import { SizeFold, type FolderRow } from './size-fold.ts';

/** A database of folders and a journal, with something to happen when its folders are asked for. */
function world(parents: Record<string, string | null>, sizes: Record<string, number> = {}) {
  const rows: JournalRow[] = [];
  let whenAsked: (() => void) | null = null;
  const add = (
    row: Pick<JournalRow, 'kind' | 'nodeId' | 'parentId' | 'before' | 'after' | 'bytes' | 'files'>,
  ): void => {
    const seq = rows.length + 1;
    rows.push({ ...row, seq, id: `r${seq}`, at: seq, actorId: null, workspaceId: null, origin: null });
  };
  const ancestry = (ids: readonly string[]): FolderRow[] => {
    const found = new Map<string, FolderRow>();
    for (const from of ids) {
      for (let id: string | null = from; id !== null && id in parents; id = parents[id] ?? null) {
        found.set(id, { id, parent_id: parents[id] ?? null, size: sizes[id] ?? 0, files: 0 });
      }
    }
    return [...found.values()];
  };
  return {
    write: (parentId: string, bytes: number) =>
      add({ kind: 'node.created', nodeId: 'f', parentId, before: null, after: null, bytes, files: 1 }),
    move(id: string, to: string) {
      const before = { parentId: parents[id] ?? '', kind: 'folder' };
      parents[id] = to;
      add({
        kind: 'node.moved',
        nodeId: id,
        parentId: to,
        before,
        after: { parentId: to, kind: 'folder' },
        bytes: 0,
        files: 0,
      });
    },
    purge(id: string, from: string, bytes: number) {
      delete parents[id];
      const before = { ids: [id], done: true };
      add({ kind: 'node.purged', nodeId: id, parentId: from, before, after: null, bytes: -bytes, files: -1 });
    },
    atNextQuestion: (action: () => void) => (whenAsked = action),
    fold: (start = 0) =>
      new SizeFold(start, {
        read: (after, limit) => Promise.resolve(rows.filter((row) => row.seq > after).slice(0, limit)),
        ancestry(ids) {
          const action = whenAsked;
          whenAsked = null;
          action?.();
          return Promise.resolve(ancestry(ids));
        },
      }),
  };
}

async function totals(fold: SizeFold): Promise<Record<string, number>> {
  while ((await fold.advance()) !== 0);
  return Object.fromEntries(
    [...fold.deltas].map(([id, delta]) => [id, delta.bytes]).filter(([, bytes]) => bytes !== 0),
  );
}

test('a folder that moves between the journal and the database being asked', async () => {
  const w = world({ root: null, a: 'root', b: 'root', inner: 'a' });
  w.write('inner', 5);
  w.atNextQuestion(() => {
    w.move('inner', 'b');
    w.write('inner', 2);
  });
  const fold = w.fold();
  assert.equal(await fold.advance(), 1);
  assert.deepEqual([fold.deltas.get('a')?.bytes, fold.deltas.get('b')?.bytes], [5, undefined]);
  assert.deepEqual(await totals(fold), { inner: 7, b: 7, root: 7 });
});

test('a folder above that moves in that moment, twice', async () => {
  const w = world({ root: null, a: 'root', b: 'root', c: 'root', outer: 'a', inner: 'outer' });
  w.write('inner', 5);
  w.atNextQuestion(() => {
    w.move('outer', 'b');
    w.move('outer', 'c');
  });
  const fold = w.fold();
  await fold.advance();
  assert.equal(fold.deltas.get('a')?.bytes, 5);
  assert.deepEqual(await totals(fold), { inner: 5, outer: 5, c: 5, root: 5 });
});

test('a moved folder takes along what it had and what came since', async () => {
  const w = world({ root: null, a: 'root', b: 'root', inner: 'a' }, { inner: 100 });
  w.write('inner', 5);
  w.move('inner', 'b');
  w.write('inner', 1);
  assert.deepEqual(await totals(w.fold()), { a: -100, b: 106, inner: 6, root: 6 });
});

test('goes on where it stopped, with moves that come later', async () => {
  const w = world({ root: null, a: 'root', b: 'root', inner: 'a' });
  const fold = w.fold();
  w.write('inner', 1);
  await totals(fold);
  w.move('inner', 'b');
  await totals(fold);
  w.write('inner', 2);
  w.move('b', 'a');
  w.write('inner', 4);
  assert.deepEqual(await totals(fold), { inner: 7, b: 7, a: 7, root: 7 });
});

test('what came into a folder at the last moment counts for where it is purged from', async () => {
  const w = world({ trash: null, folder: 'trash' });
  w.write('folder', 5);
  w.atNextQuestion(() => w.purge('folder', 'trash', 5));
  // Nothing is left of it in the trash; the folder's own row is not there any more.
  assert.deepEqual(await totals(w.fold()), { folder: 5 });
  const more = world({ trash: null, other: 'trash', folder: 'other' });
  more.write('folder', 5);
  more.atNextQuestion(() => more.purge('folder', 'trash', 3));
  assert.deepEqual(await totals(more.fold()), { folder: 5, trash: 2 });
});
