import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { armPoint, listPoints } from '../../kernel/fault-points.ts';
import { newId } from '../../kernel/ids.ts';
import { copy } from './copy.ts';
import type { Tree } from './core.ts';
import { define } from './queries.ts';
import { Counts } from './counts.ts';
import { Quotas } from './quota.ts';
import { Sizes } from './sizes.ts';
import { openTree, type TestTree } from './testing.ts';

let t: TestTree;
beforeEach(async () => {
  t = await openTree();
});
afterEach(async () => {
  armPoint(null);
  await t.close();
});

async function folder(name: string, parentId = t.home.rootId): Promise<string> {
  return (await t.tree.createFolder(t.context, parentId, name)).node.id;
}

const countNodes = define<Record<string, never>, { count: number }>((db) =>
  db.selectFrom('nodes').select((e) => e.fn.countAll<number>().as('count')),
);
const nodes = async () => (await t.sql.reader.get(countNodes, {}))?.count;

describe('crash points', () => {
  test('are known by name', () => {
    const names = [
      'tree.copy.staged',
      'tree.purge.after-batch',
      'tree.put.after-commit',
      'tree.put.before-commit',
    ];
    assert.deepEqual(
      listPoints().filter((name) => name.startsWith('tree.')),
      names,
    );
  });

  test('before the commit of a put nothing is there, and the content is gone', async () => {
    const content = await t.content('lost');
    armPoint('tree.put.before-commit');
    await assert.rejects(
      t.tree.putFile(t.context, { parentId: t.home.rootId, name: 'x' }, content),
      /fault injected/,
    );
    assert.equal(await t.at('x'), null);
    // Elsewhere a rollback may be a commit whose answer was lost: the blob is the collector's, after the grace.
    t.clock.ahead += 25 * 3_600_000;
    assert.deepEqual(await contentFindings(), t.sql.dialect === 'sqlite' ? [] : ['orphan_blob']);
  });

  test('after it the file is there, whatever the caller was told', async () => {
    const content = await t.content('kept');
    armPoint('tree.put.after-commit');
    await assert.rejects(
      t.tree.putFile(t.context, { parentId: t.home.rootId, name: 'x' }, content),
      /fault injected/,
    );
    const found = await t.at('x');
    assert.equal(String(Buffer.from((await t.contents.small(found?.node.versionId ?? '', 4)) ?? [])), 'kept');
    assert.deepEqual(await contentFindings(), []);
  });

  test('a purge that was cut off is gone for readers and finished by the duty', async () => {
    const id = await folder('big');
    // A hundred at a time: networked databases have ten connections, and waiting for one has an end.
    for (let i = 0; i < 700; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, j) => t.put(id, `f${i + j}`, 'x')));
    const before = await nodes();
    await t.tree.trash(t.context, id);
    armPoint('tree.purge.after-batch');
    await assert.rejects(t.tree.purge(t.context, id), /fault injected/);
    assert.equal((await t.tree.listTrash(t.context, t.home, { limit: 10 })).items.length, 0);
    const left = (await nodes()) ?? 0;
    assert.ok(left < (before ?? 0) && left > 201);
    assert.deepEqual(await t.findings(), []);
    assert.equal(await t.tree.finishInterrupted(t.context.signal), 201);
    assert.equal((await t.tree.usage(t.home)).used, 0);
    assert.deepEqual(await t.findings(), []);
    assert.equal(await nodes(), (before ?? 0) - 701);
  });

  test('a staged copy that failed leaves nothing; one whose node died is removed later', async () => {
    const id = await folder('src');
    for (const name of ['a', 'b', 'c']) await t.put(await folder(name, id), 'f', 'xx');
    const before = await nodes();
    const staged = (name: string) =>
      copy(inner(), t.context, id, { parentId: t.home.rootId, name }, {}, { direct: 2, batch: 2 });
    armPoint('tree.copy.staged');
    await assert.rejects(staged('dst'), /fault injected/);
    assert.equal(await nodes(), before);
    armPoint('tree.copy.staged', 'hang');
    void staged('dst');
    while ((await nodes()) !== (before ?? 0) + 7) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(await t.at('dst'), null);
    assert.deepEqual(await t.findings(), []);
    armPoint(null);
    assert.equal(await t.tree.finishInterrupted(t.context.signal), 0);
    t.clock.ahead += 11 * 60_000;
    assert.equal(await t.tree.finishInterrupted(t.context.signal), 7);
    assert.equal(await nodes(), before);
    const { node } = await staged('dst');
    assert.deepEqual(await t.tree.folderSize(node.id), { bytes: 6, files: 3 });
    assert.deepEqual(await t.findings(), []);
  });
});

async function contentFindings(): Promise<string[]> {
  const found: string[] = [];
  for await (const finding of t.contents.check({ deep: true, repair: false })) found.push(finding.kind);
  return found;
}

function inner(): Tree {
  const sizes = new Sizes(t.sql, t.journal);
  return {
    ...t.deps,
    sizes,
    quotas: new Quotas(t.deps.clock, (workspace) => sizes.used(workspace), t.deps.sql.dialect === 'sqlite'),
    counts: new Counts(
      () => Promise.resolve(0),
      () => 0,
    ),
  };
}

/** Damage that no verb could do. */
const damage = (text: string, ...values: readonly (string | number)[]) =>
  t.sql.transaction((tx) => {
    const [first = '', ...rest] = text.split('?');
    const query = define((db) => {
      const parts = rest.map((part, i) => sql`${values[i]}${sql.raw(part)}`);
      const statement = sql`${sql.raw(first)}${sql.join(parts, sql.raw(''))}`;
      return { compile: () => statement.compile(db) };
    });
    return tx.run(query, {});
  });

describe('check', () => {
  const kinds = async (repair = false) =>
    (await t.findings(repair)).map((each) => `${each.kind}: ${each.detail}`).sort();

  test('finds a missing folder, a file for a folder, cycles, lost roots and strays in the trash', async () => {
    const a = await folder('a');
    const b = await folder('b', a);
    const c = await folder('c', b);
    const file = await t.put(t.home.rootId, 'file', '');
    const lost = await folder('lost');
    const child = await folder('child');
    const stray = await folder('stray');
    await damage('update nodes set parent_id = ? where id = ?', c, a);
    await damage('update nodes set parent_id = ? where id = ?', newId(), lost);
    await damage('update nodes set parent_id = ? where id = ?', file, child);
    await damage('update nodes set parent_id = ? where id = ?', t.home.trashId, stray);
    await damage('delete from roots where root_id = ?', t.other.rootId);
    assert.deepEqual(await kinds(), [
      'broken_tree: hangs in a cycle of folders',
      'broken_tree: hangs in a cycle of folders',
      'broken_tree: hangs in a cycle of folders',
      'broken_tree: hangs in a file',
      'broken_tree: hangs nowhere',
      'broken_tree: hangs nowhere',
      'broken_tree: lies in the trash, which does not know of it',
      'broken_tree: the folder it hangs in is missing',
    ]);
  });

  test('finds broken versions, and removes those of no file', async () => {
    const one = await t.put(t.home.rootId, 'one', '1');
    const two = await t.put(t.home.rootId, 'two', '2');
    await damage('update nodes set version_id = ? where id = ?', newId(), one);
    await damage('update versions set size = 7 where node_id = ?', two);
    await damage(
      'insert into versions (id, node_id, size, created_at) values (?, ?, 0, 0)',
      newId(),
      newId(),
    );
    const wanted = [
      'broken_version: belongs to no file',
      'broken_version: has 1 bytes, its current version 7',
      'broken_version: has 7 bytes, its chunks 1',
      'broken_version: its current version is missing',
    ];
    assert.deepEqual(await kinds(true), wanted);
    assert.deepEqual(await kinds(), wanted.slice(1));
  });

  test('finds and repairs sort keys and drifted sizes, also where a folder and the one above drifted alike', async () => {
    const a = await folder('a');
    const b = await folder('b', a);
    await t.put(b, 'File 10', 'xxx');
    await t.tree.rollUpSizes(t.context.signal);
    await damage("update nodes set sort_key = 'x' where name = ?", 'File 10');
    await damage('update nodes set size = size + 5 where id in (?, ?)', a, b);
    await damage('update nodes set files = files + 1 where id = ?', t.home.trashId);
    const found = await kinds(true);
    assert.deepEqual(found, [
      'broken_tree: has a wrong sort key',
      'size_drift: differs from what is below by -5 bytes and 0 files',
      'size_drift: differs from what is below by -5 bytes and 0 files',
      'size_drift: differs from what is below by 0 bytes and -1 files',
    ]);
    assert.deepEqual(await kinds(), []);
  });

  test('finds a gap in the journal', async () => {
    await folder('a');
    await folder('b');
    await folder('c');
    const [, second] = await t.journal.read(0, 10);
    await damage('delete from journal where id = ?', second?.id ?? '');
    assert.deepEqual(await kinds(), ['broken_journal: after position 1 comes 3']);
  });

  test('finds nothing wrong while others write', async () => {
    const a = await folder('a');
    let done = false;
    const writing = (async () => {
      for (let i = 0; !done; i++) {
        await t.put(a, `f${i % 20}`, 'x'.repeat(i % 9));
        if (i % 5 === 0) await t.tree.trash(t.context, await t.put(a, 'gone', 'x'));
      }
    })();
    for (let i = 0; i < 10; i++) assert.deepEqual(await kinds(), []);
    done = true;
    await writing;
  });
});
