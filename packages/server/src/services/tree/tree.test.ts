import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { READ, WRITE } from '../access/api.ts';
import type { Located } from './api.ts';
import { openTree, type TestTree } from './testing.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

let t: TestTree;
before(async () => {
  t = await openTree();
});
after(() => t.close());

async function folder(name: string, parentId = t.home.rootId): Promise<string> {
  return (await t.tree.createFolder(t.context, parentId, name)).node.id;
}

async function found(path: string): Promise<Located> {
  const located = await t.at(path);
  assert.ok(located, `${path} is missing`);
  return located;
}

async function textOf(nodeId: string): Promise<string> {
  const { node } = await t.tree.locate(t.context, nodeId);
  const bytes = await t.contents.small(node.versionId ?? '', node.size);
  return Buffer.from(bytes ?? []).toString();
}

const code = (wanted: string, reason?: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error));
  assert.equal(error.code, wanted, error.message);
  if (reason !== undefined) assert.equal(error.details['reason'], reason);
  return true;
};

describe('names', () => {
  for (const bad of ['', '.', '..', 'a/b', 'a\0', 'a\n', 'a\u007f', 'a\u0085', '\ud800', 'ä'.repeat(128)]) {
    test(`refuses ${JSON.stringify(bad.slice(0, 5))} (${bad.length})`, async () => {
      await assert.rejects(folder(bad), code('invalid_input', 'name'));
    });
  }

  test('keeps names as they were sent, finds them in any normal form, compares them exactly otherwise', async () => {
    const id = await folder('names');
    const cafe = await folder('Cafe\u0301', id);
    assert.equal((await found('names/Caf\u00e9')).node.name, 'Cafe\u0301');
    assert.equal((await found('names/Cafe\u0301')).node.name, 'Cafe\u0301');
    await assert.rejects(folder('Caf\u00e9', id), code('conflict', 'exists'));
    const again = await t.tree.createFolder(t.context, id, 'Caf\u00e9', 'keep_both');
    assert.equal(again.node.name, 'Cafe\u0301 (2)');
    const respelled = await t.tree.move(t.context, cafe, { name: 'Caf\u00e9' });
    assert.equal(respelled.node.name, 'Caf\u00e9');
    assert.equal((await found('names/Cafe\u0301')).node.id, cafe);
    await folder('café', id);
    await folder('café ', id);
    await assert.rejects(folder('Cafe\u0301', id), code('conflict', 'exists'));
  });
});

describe('resolve', () => {
  test('tells found, missing below a folder, missing folder, below a file', async () => {
    const id = await folder('resolve');
    await t.put(id, 'file', 'x');
    const missing = await t.tree.resolve(t.context, t.home, ['resolve', 'nothing']);
    assert.equal(missing.found, null);
    assert.equal(missing.parent?.node.id, id);
    assert.equal(missing.name, 'nothing');
    const lost = await t.tree.resolve(t.context, t.home, ['resolve', 'no', 'thing']);
    assert.deepEqual([lost.found, lost.parent], [null, null]);
    const below = await t.tree.resolve(t.context, t.home, ['resolve', 'file', 'thing']);
    assert.deepEqual([below.found, below.parent], [null, null]);
    const root = await t.tree.resolve(t.context, t.home, []);
    assert.equal(root.found?.node.id, t.home.rootId);
    assert.deepEqual(root.found?.names, []);
  });

  test('hides what may not be read, and the workspace if its root may not', async () => {
    const id = await folder('hidden');
    const child = await folder('child', id);
    t.denied.set(id, READ);
    assert.equal(await t.at('hidden/child'), null);
    await assert.rejects(t.tree.locate(t.context, child), code('not_found'));
    t.denied.delete(id);
    t.denied.set(t.home.rootId, READ);
    await assert.rejects(t.at('hidden'), code('not_found'));
    t.denied.delete(t.home.rootId);
    t.denied.set(id, WRITE);
    await assert.rejects(t.tree.locate(t.context, child, WRITE), code('forbidden'));
    t.denied.delete(id);
  });

  test('locates many at once, in order, without the missing and hidden ones', async () => {
    const a = await folder('many-a');
    const b = await t.put(a, 'b', 'b');
    const c = await folder('many-c');
    t.denied.set(c, READ);
    const many = await t.tree.locateMany(t.context, [b, c, newId(), a]);
    t.denied.delete(c);
    assert.deepEqual(
      many.map((each) => each.node.id),
      [b, a],
    );
    assert.deepEqual(many[0]?.names, ['many-a', 'b']);
    assert.deepEqual(many[0]?.chain, [t.home.rootId, a, b]);
  });
});

describe('putFile', () => {
  test('makes a file, then versions of it', async () => {
    const id = await t.put(t.home.rootId, 'put', 'one');
    const first = await found('put');
    assert.equal(await t.put(t.home.rootId, 'put', 'three'), id);
    const second = await found('put');
    assert.notEqual(first.node.etag, second.node.etag);
    assert.equal(second.node.size, 5);
    assert.equal(await textOf(id), 'three');
    const { items } = await t.tree.versions(t.context, id, { limit: 10 });
    assert.deepEqual(items.map((each) => [each.size, each.current]), [[5, true], [3, false]]); // prettier-ignore
  });

  test('goes by the conflict rule', async () => {
    const parentId = await folder('rules');
    const id = await t.put(parentId, 'a.txt', '1');
    const put = async (name: string, onConflict: 'fail' | 'replace' | 'keep_both' | 'overwrite') =>
      t.tree.putFile(t.context, { parentId, name }, await t.content('2'), { onConflict });
    await assert.rejects(put('a.txt', 'fail'), code('conflict', 'exists'));
    assert.equal((await put('a.txt', 'keep_both')).node.name, 'a (2).txt');
    assert.equal((await put('a.txt', 'keep_both')).node.name, 'a (3).txt');
    assert.deepEqual(
      [(await put('a.txt', 'overwrite')).node.id, (await put('new', 'overwrite')).created],
      [id, true],
    );
    const sub = await folder('sub', parentId);
    await assert.rejects(put('sub', 'replace'), code('conflict', 'kind'));
    const over = await put('sub', 'overwrite');
    assert.deepEqual([over.node.kind, over.created], ['file', false]);
    assert.ok((await t.tree.locate(t.context, sub)).trashed);
  });

  test('keeps the extension and 255 bytes where a name gets a number', async () => {
    const parentId = await folder('long');
    const name = `${'ä'.repeat(120)}x.jpeg`;
    await t.put(parentId, name, '1');
    const both = await t.tree.putFile(t.context, { parentId, name }, await t.content('2'), {
      onConflict: 'keep_both',
    });
    assert.ok(Buffer.byteLength(both.node.name) <= 255);
    assert.match(both.node.name, /^ä+x? \(2\)\.jpeg$/);
  });

  test('runs the condition inside the transaction, and discards the content if it refuses', async () => {
    const seen: (string | null)[] = [];
    const content = await t.content('condition');
    const target = { parentId: t.home.rootId, name: 'condition' };
    await assert.rejects(
      t.tree.putFile(t.context, target, content, {
        precondition(current) {
          seen.push(current?.name ?? null);
          throw Object.assign(new Error('no'), { name: 'Refused' });
        },
      }),
      { name: 'Refused' },
    );
    assert.deepEqual(seen, [null]);
    assert.equal(await t.at('condition'), null);
    const keys: string[] = [];
    for (const chunk of content.chunks) keys.push(chunk.id);
    const check: string[] = [];
    for await (const finding of t.contents.check({ deep: false, repair: false })) check.push(finding.id);
    assert.deepEqual(
      check.filter((id) => keys.includes(id)),
      [],
    );
  });

  test('runs `extra` in the same transaction', async () => {
    const target = { parentId: t.home.rootId, name: 'extra' };
    const extra = () => Promise.reject(new Error('extra failed'));
    await assert.rejects(t.tree.putFile(t.context, target, await t.content('x'), { extra }), /extra failed/);
    assert.equal(await t.at('extra'), null);
  });

  test('needs the right to write, a live folder, and no lock', async () => {
    const parentId = await folder('strict');
    t.denied.set(parentId, WRITE);
    await assert.rejects(t.put(parentId, 'x', 'x'), code('forbidden'));
    t.denied.delete(parentId);
    await t.tree.trash(t.context, parentId);
    await assert.rejects(t.put(parentId, 'x', 'x'), code('not_found'));
    await assert.rejects(t.put(t.home.trashId, 'x', 'x'), code('not_found'));
    const file = await t.put(t.home.rootId, 'a-file', 'x');
    await assert.rejects(t.put(file, 'x', 'x'), code('conflict', 'kind'));
  });

  test('of parallel writers to one name each is the head or a version', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    const ids = await Promise.all(texts.map((text) => t.put(t.home.rootId, 'parallel', text)));
    assert.equal(new Set(ids).size, 1);
    const { items } = await t.tree.versions(t.context, ids[0] ?? '', { limit: 100 });
    const seen = await Promise.all(items.map((each) => t.contents.small(each.id, each.size)));
    assert.deepEqual(seen.map((bytes) => Buffer.from(bytes ?? []).toString()).sort(), texts.sort());
    assert.equal(items.filter((each) => each.current).length, 1);
  });
});

describe('folders', () => {
  test('are made as far as they are missing', async () => {
    const id = await folder('ensure');
    const first = await t.tree.ensureFolders(t.context, id, ['a', 'b', 'c']);
    const again = await t.tree.ensureFolders(t.context, id, ['a', 'b', 'c']);
    assert.equal(first.id, again.id);
    await t.put(id, 'file', 'x');
    await assert.rejects(t.tree.ensureFolders(t.context, id, ['file', 'x']), code('conflict', 'kind'));
    const all = await Promise.all(
      Array.from({ length: 10 }, () => t.tree.ensureFolders(t.context, id, ['p', 'q'])),
    );
    assert.equal(new Set(all.map((each) => each.id)).size, 1);
  });

  test('that are there are answered, doubled or replaced by the conflict rule', async () => {
    const id = await folder('again');
    const make = (rule: 'replace' | 'keep_both' | 'overwrite') =>
      t.tree.createFolder(t.context, t.home.rootId, 'again', rule);
    assert.deepEqual((await make('replace')).node.id, id);
    assert.equal((await make('keep_both')).node.name, 'again (2)');
    assert.notEqual((await make('overwrite')).node.id, id);
    assert.ok((await t.tree.locate(t.context, id)).trashed);
  });
});

describe('move', () => {
  test('renames, moves, both; ids stay', async () => {
    const a = await folder('move-a');
    const b = await folder('move-b');
    const file = await t.put(a, 'x', 'x');
    const moved = await t.tree.move(t.context, file, { parentId: b, name: 'y' });
    assert.deepEqual([moved.node.id, moved.created], [file, true]);
    assert.equal((await found('move-b/y')).node.id, file);
    await t.tree.move(t.context, a, { parentId: b });
    assert.equal((await found('move-b/move-a')).node.id, a);
    const same = await t.tree.move(t.context, a, { parentId: b, name: 'move-a' });
    assert.equal(same.created, false);
  });

  test('never into itself, never a root', async () => {
    const a = await folder('cycle-a');
    const b = await folder('cycle-b', a);
    await assert.rejects(t.tree.move(t.context, a, { parentId: b }), code('conflict', 'into_itself'));
    await assert.rejects(t.tree.move(t.context, a, { parentId: a }), code('conflict', 'into_itself'));
    await assert.rejects(t.tree.move(t.context, t.home.rootId, { parentId: b }), code('conflict', 'root'));
  });

  test('two folders into one another at once: one of them gets there', async () => {
    for (let i = 0; i < 20; i++) {
      const a = await folder(`duel-a${i}`);
      const b = await folder(`duel-b${i}`);
      const ends = await Promise.allSettled([
        t.tree.move(t.context, a, { parentId: b }),
        t.tree.move(t.context, b, { parentId: a }),
      ]);
      assert.deepEqual(ends.map((end) => end.status).sort(), ['fulfilled', 'rejected']);
    }
    assert.deepEqual(await t.findings(), []);
  });

  test('a file onto a file gives that one a new version and the history of both', async () => {
    const id = await t.put(t.home.rootId, 'doc', 'old');
    const temporary = await t.put(t.home.rootId, 'doc.tmp', 'draft');
    await t.put(t.home.rootId, 'doc.tmp', 'final');
    await t.tree.patchProperties(t.context, temporary, new Map([['{x}p', '1']]));
    const { node, created } = await t.tree.move(
      t.context,
      temporary,
      { name: 'doc' },
      { onConflict: 'overwrite' },
    );
    assert.deepEqual([node.id, created], [id, false]);
    assert.equal(await textOf(id), 'final');
    assert.equal(await t.at('doc.tmp'), null);
    await assert.rejects(t.tree.locate(t.context, temporary), code('not_found'));
    const { items } = await t.tree.versions(t.context, id, { limit: 10 });
    const texts = await Promise.all(
      items.map(async (each) => String(Buffer.from((await t.contents.small(each.id, each.size)) ?? []))),
    );
    assert.deepEqual(texts.sort(), ['draft', 'final', 'old']);
    assert.equal((await t.tree.properties([id])).get(id)?.get('{x}p'), '1');
    await t.tree.finishInterrupted(t.context.signal);
    assert.equal(await textOf(id), 'final');
  });

  test('merges folders by `replace`, member by member', async () => {
    const top = await folder('merge');
    const from = await folder('from', top);
    const into = await folder('into', top);
    await t.put(from, 'only', '1');
    await t.put(from, 'both', 'new');
    const kept = await t.put(into, 'both', 'old');
    await t.put(into, 'rest', '3');
    await t.put(await folder('sub', from), 'deep', '4');
    await t.put(await folder('sub', into), 'deeper', '5');
    const result = await t.tree.move(t.context, from, { name: 'into' }, { onConflict: 'replace' });
    assert.deepEqual([result.node.id, result.created], [into, false]);
    const paths = (await t.paths()).filter((path) => path.startsWith('merge/'));
    assert.deepEqual(paths, ['merge/', 'merge/into/', 'merge/into/both', 'merge/into/only', 'merge/into/rest', 'merge/into/sub/', 'merge/into/sub/deep', 'merge/into/sub/deeper']); // prettier-ignore
    assert.equal(await textOf(kept), 'new');
    assert.equal((await t.tree.folderSize(into)).bytes, 3 + 1 + 1 + 1 + 1);
  });

  test('a merge that meets another kind changes nothing', async () => {
    const top = await folder('clash');
    const from = await folder('from', top);
    const into = await folder('into', top);
    await t.put(from, 'a', '1');
    await t.put(from, 'b', '1');
    await folder('b', into);
    const before = await t.paths();
    await assert.rejects(
      t.tree.move(t.context, from, { name: 'into' }, { onConflict: 'replace' }),
      code('conflict', 'kind'),
    );
    assert.deepEqual(await t.paths(), before);
  });

  test('refuses to replace a folder that it lies in', async () => {
    const outer = await folder('outer');
    const middle = await folder('middle', outer);
    const inner = await folder('outer', middle);
    for (const onConflict of ['overwrite', 'replace'] as const) {
      const moving = t.tree.move(t.context, inner, { parentId: t.home.rootId }, { onConflict });
      await assert.rejects(moving, code('conflict', 'into_itself'));
    }
  });

  test('of 5,000 files changes as many rows as of none', async () => {
    const empty = await folder('rename-empty');
    const full = await folder('rename-full');
    for (let i = 0; i < 50; i++)
      await Promise.all(Array.from({ length: 100 }, (_, j) => t.put(full, `f${i}-${j}`, 'x')));
    const cost = (id: string, name: string): Promise<number> =>
      statementsOf(t.sql, () => t.tree.move(t.context, id, { name }));
    await cost(empty, 'warm');
    assert.equal(await cost(full, 'full'), await cost(empty, 'empty'));
  });
});

describe('copy', () => {
  test('copies a subtree with properties; bytes are shared', async () => {
    const from = await folder('copy-from');
    const file = await t.put(from, 'a', 'aaaa');
    await t.put(await folder('sub', from), 'b', 'bb');
    await t.tree.patchProperties(t.context, file, new Map([['{x}colour', '<c>red</c>']]));
    const { node, created } = await t.tree.copy(t.context, from, {
      parentId: t.home.rootId,
      name: 'copy-to',
    });
    assert.ok(created);
    assert.deepEqual(await t.tree.folderSize(node.id), { bytes: 6, files: 2 });
    const a = await found('copy-to/a');
    assert.equal(await textOf(a.node.id), 'aaaa');
    assert.equal((await t.tree.properties([a.node.id])).get(a.node.id)?.get('{x}colour'), '<c>red</c>');
    const [one, two] = await Promise.all([
      t.tree.locate(t.context, file),
      t.tree.locate(t.context, a.node.id),
    ]);
    assert.deepEqual(
      await t.contents.chunksOf(one.node.versionId ?? ''),
      await t.contents.chunksOf(two.node.versionId ?? ''),
    );
    const shallow = await t.tree.copy(
      t.context,
      from,
      { parentId: t.home.rootId, name: 'shallow' },
      { shallow: true },
    );
    assert.equal((await t.tree.folderSize(shallow.node.id)).files, 0);
  });

  test('leaves out what may not be read', async () => {
    const from = await folder('secret-from');
    const secret = await folder('secret', from);
    await t.put(secret, 'x', 'x');
    await t.put(from, 'y', 'y');
    t.denied.set(secret, READ);
    await t.tree.copy(t.context, from, { parentId: t.home.rootId, name: 'secret-to' });
    t.denied.delete(secret);
    assert.deepEqual(
      (await t.paths()).filter((path) => path.startsWith('secret-to/')),
      ['secret-to/', 'secret-to/y'],
    );
  });

  test('refuses itself and its own inside, and goes by the conflict rule', async () => {
    const from = await folder('rule-from');
    await t.put(from, 'a', '1');
    const inner = await folder('inner', from);
    const copy = (
      parentId: string,
      name: string,
      onConflict: 'fail' | 'keep_both' | 'replace' | 'overwrite',
    ) => t.tree.copy(t.context, from, { parentId, name }, { onConflict });
    await assert.rejects(copy(inner, 'x', 'fail'), code('conflict', 'into_itself'));
    await assert.rejects(copy(t.home.rootId, 'rule-from', 'overwrite'), code('conflict', 'into_itself'));
    assert.equal((await copy(t.home.rootId, 'rule-from', 'keep_both')).node.name, 'rule-from (2)');
    await assert.rejects(copy(t.home.rootId, 'rule-from (2)', 'fail'), code('conflict', 'exists'));
    const target = await found('rule-from (2)');
    await t.put(target.node.id, 'kept', '2');
    await copy(t.home.rootId, 'rule-from (2)', 'replace');
    assert.ok(await t.at('rule-from (2)/kept'));
    await copy(t.home.rootId, 'rule-from (2)', 'overwrite');
    assert.equal(await t.at('rule-from (2)/kept'), null);
    assert.ok((await t.tree.locate(t.context, target.node.id)).trashed);
    const a = await found('rule-from/a');
    const b = await t.put(t.home.rootId, 'rule-b', 'old');
    await t.tree.copy(
      t.context,
      a.node.id,
      { parentId: t.home.rootId, name: 'rule-b' },
      { onConflict: 'overwrite' },
    );
    assert.equal(await textOf(b), '1');
  });
});
