import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { DocumentsStore, SearchDocuments } from '../../stores/documents/contract.ts';
import { sqliteDocuments } from '../../stores/documents/sqlite/driver.ts';
import type { Follower } from '../journal/api.ts';
import { openTree, type TestTree } from '../tree/testing.ts';
import { startSearch } from './service.ts';

let t: TestTree;
let folder: string;
let documents: DocumentsStore;
let follower: Follower;
let position: number;
const never = new AbortController().signal;

before(async () => {
  t = await openTree();
  folder = await mkdtemp(path.join(tmpdir(), 'volvox-search-'));
  documents = await sqliteDocuments.open(parseStoreUrl(`sqlite:${folder}/documents.db`), {
    log: silentLogger,
    clock: systemClock,
    durability: 'relaxed',
  });
});
after(async () => {
  await documents.close();
  await t.close();
  await rm(folder, { recursive: true });
});

/** A runner that has just taken over. */
beforeEach(async () => {
  start(documents.search);
  position = await t.journal.head();
});

function start(search: SearchDocuments): void {
  startSearch({
    documents: { search },
    tree: t.tree,
    workspaces: { list: () => Promise.resolve([]) },
    journal: { follow: (started) => void (follower = started), head: () => t.journal.head() },
  });
}

async function handle(count: number): Promise<void> {
  const rows = await t.journal.read(position, count);
  await follower.handle(rows, never);
  position = rows.at(-1)?.seq ?? position;
}

const make = async (name: string, parentId = t.home.rootId): Promise<string> =>
  (await t.tree.createFolder(t.context, parentId, name)).node.id;

async function found(text: string): Promise<number> {
  return (await documents.search.query({ text }, 100)).items.length;
}

describe('search knows the members of a folder', () => {
  for (const [what, batch, label] of [
    ['in one batch', 1000, 'together'],
    ['row by row', 1, 'alone'],
  ] as const) {
    const all = async (): Promise<void> => {
      while (position < (await t.journal.head())) await handle(batch);
    };

    test(`that was moved out of a fresh copy, ${what}`, async () => {
      const top = await make(`copied-${label}`);
      await t.put(await make('inner', top), `member-of-copy-${label}`, 'x');
      await all();
      const copy = await t.tree.copy(t.context, top, { parentId: t.home.rootId, name: `copy-${label}` });
      const { found: inner } = await t.tree.resolve(t.context, t.home, [`copy-${label}`, 'inner']);
      await t.tree.move(t.context, inner?.node.id ?? '', { parentId: t.home.rootId, name: `moved-${label}` });
      assert.ok(copy.created);
      await all();
      assert.equal(await found(`member-of-copy-${label}`), 2, 'the original and the copy');
    });

    test(`that came out of the trash in another one, moved away before that went back there, ${what}`, async () => {
      const outer = await make(`outer-${label}`);
      const inner = await make('inner', outer);
      await t.put(inner, `member-of-inner-${label}`, 'x');
      await t.tree.trash(t.context, outer);
      await all();
      assert.equal(await found(`member-of-inner-${label}`), 0);
      await t.tree.restore(t.context, outer);
      await t.tree.move(t.context, inner, { parentId: t.home.rootId, name: `saved-${label}` });
      await t.tree.trash(t.context, outer);
      await all();
      assert.equal(await found(`member-of-inner-${label}`), 1);
    });
  }

  test('whose move another runner would have handled', async () => {
    const top = await make('handed-over');
    await t.put(await make('inner', top), 'member-handed-over', 'x');
    await handle(1000);
    await t.tree.copy(t.context, top, { parentId: t.home.rootId, name: 'over' });
    const { found: inner } = await t.tree.resolve(t.context, t.home, ['over', 'inner']);
    await t.tree.move(t.context, inner?.node.id ?? '', { parentId: t.home.rootId, name: 'taken-over' });
    await handle(1);
    start(documents.search);
    await handle(1000);
    assert.equal(await found('member-handed-over'), 2);
  });
});

test('what came out of the trash stays, though the removal that was given up on happens after all', async () => {
  const { search } = documents;
  const late: (() => Promise<void>)[] = [];
  start({
    upsert: (all) => search.upsert(all),
    remove(ids, upTo) {
      if (ids.length === 0) return Promise.resolve();
      late.push(() => search.remove(ids, upTo));
      return Promise.reject(new AppError('unavailable', 'no answer in time'));
    },
    query: (...asked) => search.query(...asked),
    beginGeneration: () => search.beginGeneration(),
    endGeneration: (generation) => search.endGeneration(generation),
    count: () => search.count(),
  });
  const folder = await make('late-folder');
  await t.put(folder, 'late-member', 'x');
  await handle(1000);
  await t.tree.trash(t.context, folder);
  await assert.rejects(handle(1000), /no answer in time/);
  await t.tree.restore(t.context, folder);
  await handle(1000);
  for (const removal of late) await removal();
  assert.deepEqual([await found('late-folder'), await found('late-member')], [1, 1]);
});
