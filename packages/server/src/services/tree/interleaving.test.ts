/** One write in the very middle of another, where the database lets writers run side by side: what the row locks are for. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { isAppError } from '../../kernel/errors.ts';
import { testDialect } from '../../stores/sql/testing.ts';
import type { TreeService } from './api.ts';
import type { TreeDeps } from './core.ts';
import { define } from './queries.ts';
import { startTree } from './service.ts';
import { openTree, type TestTree } from './testing.ts';

/** Long enough for a write that does not wait to be done, and wrong. */
const headStartMs = 500;

let t: TestTree;
beforeEach(async () => {
  t = await openTree();
});
afterEach(() => t.close());

async function folder(name: string, parentId = t.home.rootId): Promise<string> {
  return (await t.tree.createFolder(t.context, parentId, name)).node.id;
}

/** Begun once, in the middle of something; that goes on when it is done or has to wait. */
class Intruder {
  ended: Promise<unknown> = Promise.resolve();
  #begun = false;
  readonly #act: () => Promise<unknown>;

  constructor(act: () => Promise<unknown>) {
    this.#act = act;
  }

  async enter(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    this.ended = this.#act().catch((error: unknown) => {
      if (!['conflict', 'not_found', 'locked'].includes(isAppError(error) ? error.code : '')) throw error;
    });
    await Promise.race([this.ended, setTimeout(headStartMs)]);
  }
}

/** A tree on the same tables with some of its needs replaced. */
function treeWith(changed: Partial<TreeDeps>): TreeService {
  return startTree({ ...t.deps, locks: { ...t.locks, bindTree: () => {} }, ...changed }).api;
}

type Target = Parameters<TreeService['putFile']>[1];

async function putWith(intruder: Intruder, target: Target, text: string): Promise<void> {
  const options = { onConflict: 'replace', extra: () => intruder.enter() } as const;
  await t.tree.putFile(t.context, target, await t.content(text), options);
  await intruder.ended;
}

const allVersions = define<Record<string, never>, { id: string; size: number }>((db) =>
  db.selectFrom('versions').select(['id', 'size']),
);

async function assertKept(text: string): Promise<void> {
  const rows = await t.sql.reader.all(allVersions, {});
  const texts = rows.map(async (row) =>
    String(Buffer.from((await t.contents.small(row.id, row.size)) ?? [])),
  );
  assert.ok((await Promise.all(texts)).includes(text), `"${text}" is lost`);
}

async function assertSound(): Promise<void> {
  await t.tree.finishInterrupted(t.context.signal);
  await t.tree.rollUpSizes(t.context.signal);
  assert.deepEqual(await t.findings(), []);
}

/** SQLite runs one write at a time: there is no middle. */
const onNetworked = (body: () => void): void => {
  if (testDialect() !== 'sqlite') describe('in the middle of', body);
};

onNetworked(() => {
  for (const file of ['new', 'old', 'known'])
    for (const way of ['merged', 'trashed', 'purged'])
      test(`a put onto ${file === 'known' ? 'the id of a' : `a ${file}`} file: its folder is ${way}`, async () => {
        const [from, into] = [await folder('from'), await folder('into')];
        const [sub, met] = [await folder('sub', from), await folder('sub', into)];
        await t.put(met, 'old', 'met');
        const nodeId = await t.put(sub, 'old', 'before');
        const intruder = new Intruder(async () => {
          if (way === 'merged')
            await t.tree.move(t.context, from, { name: 'into' }, { onConflict: 'replace' });
          else if (way === 'trashed') await t.tree.trash(t.context, from);
          else await t.tree.purge(t.context, from);
          await t.tree.finishInterrupted(t.context.signal);
        });
        const target = file === 'known' ? { nodeId } : { parentId: sub, name: file };
        await putWith(intruder, target, 'written meanwhile');
        if (way !== 'purged') await assertKept('written meanwhile');
        await assertSound();
      });

  test('new folders: the one they go into is purged', async () => {
    const base = await folder('base');
    const from = await folder('from', base);
    const intruder = new Intruder(() => t.tree.purge(t.context, from));
    const { access } = t.deps;
    const tree = treeWith({
      access: {
        decide: (...all) => access.decide(...all),
        decideChildren: (...all) => access.decideChildren(...all),
        require: async (...all) => {
          await intruder.enter();
          return access.require(...all);
        },
      },
    });
    await tree.ensureFolders(t.context, base, ['from', 'a', 'b']).catch(() => null);
    await intruder.ended;
    await assertSound();
  });

  test('a copy: its source is purged', async () => {
    const from = await folder('from');
    for (const name of ['a', 'b']) await t.put(from, name, name);
    const intruder = new Intruder(() => t.tree.purge(t.context, from));
    const { access } = t.deps;
    const tree = treeWith({
      access: {
        decide: (...all) => access.decide(...all),
        require: (...all) => access.require(...all),
        decideChildren: async (...all) => {
          await intruder.enter();
          return access.decideChildren(...all);
        },
      },
    });
    const copied = tree.copy(t.context, from, { parentId: t.other.rootId, name: 'copy' });
    await assert.rejects(copied, (error) => isAppError(error, 'not_found'));
    await intruder.ended;
    await assertSound();
  });

  test('a restored version: it is removed', async () => {
    const id = await t.put(t.home.rootId, 'file', 'first');
    await t.put(t.home.rootId, 'file', 'second');
    const [, first] = (await t.tree.versions(t.context, id, { limit: 2 })).items;
    t.clock.ahead = 10 * 86_400_000;
    const intruder = new Intruder(() =>
      t.tree.expireVersions({ keepDays: 1, keepLast: 1 }, t.context.signal),
    );
    const { contents } = t.deps;
    const tree = treeWith({
      contents: {
        discard: (...all) => contents.discard(...all),
        attach: (...all) => contents.attach(...all),
        release: (...all) => contents.release(...all),
        chunksOf: (...all) => contents.chunksOf(...all),
        share: async (...all) => {
          await intruder.enter();
          return contents.share(...all);
        },
      },
    });
    await tree.restoreVersion(t.context, id, first?.id ?? '');
    await intruder.ended;
    await assertKept('first');
    await assertSound();
  });

  test('a restore: the trash is emptied', async () => {
    const id = await folder('from');
    await t.put(id, 'file', 'text');
    await t.tree.trash(t.context, id);
    const intruder = new Intruder(() => t.tree.emptyTrash(t.context, t.home));
    const { access } = t.deps;
    const tree = treeWith({
      access: {
        decide: (...all) => access.decide(...all),
        decideChildren: (...all) => access.decideChildren(...all),
        require: async (...all) => {
          await intruder.enter();
          return access.require(...all);
        },
      },
    });
    await tree.restore(t.context, id);
    await intruder.ended;
    assert.deepEqual(await t.paths(), ['from/', 'from/file']);
    await assertSound();
  });

  test('a lock being taken: the folder above moves', async () => {
    const above = await folder('above');
    const file = await t.put(above, 'file', 'text');
    const elsewhere = await folder('elsewhere');
    const intruder = new Intruder(() => t.tree.move(t.context, above, { parentId: elsewhere }));
    const { access } = t.deps;
    startTree({
      ...t.deps,
      access: {
        decide: (...all) => access.decide(...all),
        decideChildren: (...all) => access.decideChildren(...all),
        require: async (...all) => {
          await intruder.enter();
          return access.require(...all);
        },
      },
    });
    const { chain } = await t.tree.locate(t.context, file);
    const input = { scope: 'exclusive', depth: '0', owner: '', timeoutMs: 60_000 } as const;
    await t.locks.acquire(t.context, chain, input);
    await intruder.ended;
    assert.deepEqual((await t.tree.locate(t.context, file)).chain, chain);
  });
});
