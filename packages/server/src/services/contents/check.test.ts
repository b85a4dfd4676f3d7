import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { CheckFinding, ContentsService } from './api.ts';
import * as queries from './queries.ts';
import { bytesOf, context, openContents } from './testing.ts';

async function findings(contents: ContentsService, deep: boolean, repair = false): Promise<CheckFinding[]> {
  const list: CheckFinding[] = [];
  for await (const finding of contents.check({ deep, repair })) list.push(finding);
  return list;
}

const kinds = (list: readonly CheckFinding[]): string[] => list.map((finding) => finding.kind).sort();

test('finds nothing where all is well, whatever is under way or waits for the collector', async (t) => {
  const { contents, store, release, clock } = await openContents(t);
  for (let seed = 0; seed < 30; seed++) await store(bytesOf(seed * 100, seed));
  await release(await store(bytesOf(5)));
  await contents.write(context, bytesOf(6));
  clock.advance(10 * 3_600_000);
  assert.deepEqual(await findings(contents, true), []);
  await contents.collect(3_600_000);
  assert.deepEqual(await findings(contents, true), []);
});

test('finds and names each damage; repairs orphans only', async (t) => {
  const { contents, blobs, store, clock, keys } = await openContents(t);
  const [missing, short, flipped, sound] = [
    await store(bytesOf(100, 1)),
    await store(bytesOf(100, 2)),
    await store(bytesOf(100, 3)),
    await store(bytesOf(100, 4)),
  ];
  const chunk = async (versionId: string): Promise<string> =>
    (await contents.chunksOf(versionId))[0]?.id ?? '';
  await blobs.delete([await chunk(missing), await chunk(short), await chunk(flipped)]);
  await blobs.put(await chunk(short), bytesOf(99, 2));
  await blobs.put(await chunk(flipped), bytesOf(100, 5));
  await blobs.put(newId(), bytesOf(10));
  clock.advance(2 * 3_600_000);
  await blobs.put(newId(), bytesOf(11));
  const shallow = await findings(contents, false);
  assert.deepEqual(kinds(shallow), ['missing_blob', 'orphan_blob', 'wrong_size']);
  assert.deepEqual(kinds(await findings(contents, true)), [
    'missing_blob',
    'orphan_blob',
    'wrong_hash',
    'wrong_size',
  ]);
  assert.deepEqual(
    shallow.filter((finding) => finding.repairable).map((finding) => finding.kind),
    ['orphan_blob'],
  );
  const before = (await keys()).length;
  await findings(contents, true, true);
  assert.equal((await keys()).length, before - 1);
  assert.deepEqual(kinds(await findings(contents, true)), ['missing_blob', 'wrong_hash', 'wrong_size']);
  assert.equal((await contents.small(sound, 100))?.byteLength, 100);
});

test('a chunk that nothing refers to and nobody released is shown to the collector by a repair', async (t) => {
  const { contents, sql, store, keys } = await openContents(t);
  const versionId = await store(bytesOf(100));
  await sql.transaction((tx) => tx.run(queries.unlink, { versionIds: [versionId] }));
  await contents.collect(0);
  assert.deepEqual(kinds(await findings(contents, false)), ['orphan_chunk']);
  assert.equal((await keys()).length, 1);
  await findings(contents, false, true);
  assert.deepEqual(await findings(contents, false), []);
  await contents.collect(0);
  assert.deepEqual(await keys(), []);
});

test('a store that is damaged itself is named, and ends no check', async (t) => {
  const { blobs, store, contents } = await openContents(t);
  const lost = (await contents.chunksOf(await store(bytesOf(100, 1))))[0]?.id ?? '';
  await store(bytesOf(100, 2));
  const stat = blobs.stat.bind(blobs);
  const damaged = (): AppError => new AppError('corrupt', 'a page is unreadable');
  t.mock.method(blobs, 'stat', (key: string) => (key === lost ? Promise.reject(damaged()) : stat(key)));
  t.mock.method(blobs, 'list', async function* () {
    yield* [];
    throw damaged();
  });
  const found = await findings(contents, true);
  assert.deepEqual(
    found.map(({ kind, id, detail }) => [kind, id, detail]),
    [
      ['missing_blob', lost, 'a page is unreadable'],
      ['database', 'blobs', 'a page is unreadable'],
    ],
  );
});
