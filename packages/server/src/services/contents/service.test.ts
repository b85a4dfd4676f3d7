import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { ErrorCode } from '@volvox/api';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { ContentsService } from './api.ts';
import type { ContentsTables } from './tables.ts';
import { bytesOf, collected, context, inPieces, never, openContents } from './testing.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

const mebibyte = 2 ** 20;
const setPlace = queriesOf<ContentsTables>()<{ place: string }>((db, p) =>
  db.updateTable('contents_place').set({ place: p.place }),
);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function code(expected: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isAppError(error), String(error));
    assert.equal(error.code, expected);
    return true;
  };
}

async function* failing(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for await (const piece of inPieces(bytes, 30_000)) yield piece;
  throw new Error('line cut');
}

test('keeps a small content as one chunk in two statements, and reads it back without SQL', async (t) => {
  const { contents, sql } = await openContents(t);
  const bytes = bytesOf(4096);
  const content = await contents.write(context, bytes);
  assert.deepEqual([content.size, content.sha256, content.chunks.length], [4096, sha256(bytes), 1]);
  const versionId = newId();
  const attach = (): Promise<unknown> => sql.transaction((tx) => contents.attach(tx, versionId, content));
  assert.equal(await statementsOf(sql, attach), 2);
  const read = async (): Promise<void> =>
    assert.ok(bytes.equals((await contents.small(versionId, 4096)) ?? assert.fail()));
  assert.equal(await statementsOf(sql, read), 0);
});

test('contents that were moved elsewhere take nothing, neither one chunk nor many', async (t) => {
  const { node, sql, store } = await openContents(t);
  await store(bytesOf(10));
  await sql.transaction((tx) => tx.run(setPlace, { place: 'there' }));
  const [old, moved] = [node(), node({ place: 'there' })];
  for (const size of [10, 3 * 2 ** 20]) {
    const attachTo = async (contents: ContentsService): Promise<void> => {
      const content = await contents.write(context, bytesOf(size));
      await sql.transaction((tx) => contents.attach(tx, newId(), content));
    };
    await assert.rejects(attachTo(old), { code: 'unavailable', details: { reason: 'contents_moved' } });
    await attachTo(moved);
  }
});

test('another node reads the list from SQL once', async (t) => {
  const { node, sql, store } = await openContents(t);
  const versionId = await store(bytesOf(10));
  const other = node();
  assert.equal((await other.small(versionId, 10))?.byteLength, 10);
  assert.equal(await statementsOf(sql, () => other.small(versionId, 10)), 0);
});

test('empty content has no chunks, from an array and from a stream', async (t) => {
  const { contents, attach, keys } = await openContents(t);
  for (const source of [new Uint8Array(0), inPieces(new Uint8Array(0), 1)]) {
    const content = await contents.write(context, source, { size: 0 });
    assert.deepEqual(content, { chunks: [], size: 0, sha256: sha256(new Uint8Array(0)) });
    const versionId = await attach(content);
    assert.equal((await contents.small(versionId, 0))?.byteLength, 0);
    assert.equal((await collected(contents.stream(versionId, null, never))).byteLength, 0);
  }
  assert.deepEqual(await keys(), []);
});

test('a stated size that is wrong is refused and leaves nothing', async (t) => {
  const { contents, keys } = await openContents(t);
  for (const size of [100, 65_536, 70_000, 2 * mebibyte + 5]) {
    const bytes = bytesOf(size);
    for (const source of [() => bytes, () => inPieces(bytes, 9_999)]) {
      await assert.rejects(
        contents.write(context, source(), { size: size + 1 }),
        code('incomplete_body'),
        `${size} short`,
      );
      await assert.rejects(
        contents.write(context, source(), { size: size - 1 }),
        code('invalid_input'),
        `${size} long`,
      );
      assert.equal((await contents.write(context, source(), { size })).size, size);
    }
  }
  const before = await keys();
  await assert.rejects(contents.write(context, failing(bytesOf(3 * mebibyte))), /line cut/);
  assert.deepEqual(await keys(), before);
});

test('a body that is too long is refused at the first byte too many', async (t) => {
  const { contents } = await openContents(t);
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      given += 1000;
      yield bytesOf(1000);
    }
  }
  await assert.rejects(contents.write(context, endless(), { size: 10_500 }), code('invalid_input'));
  assert.ok(given <= 12_000, `${given} bytes were taken`);
  given = 0;
  await assert.rejects(contents.write(context, endless(), { room: 300_000 }), code('quota_exceeded'));
  assert.ok(given <= 302_000, `${given} bytes were taken`);
});

test('no room is told before anything is read where the size is stated', async (t) => {
  const { contents, keys } = await openContents(t);
  async function* untouchable(): AsyncGenerator<Uint8Array> {
    yield assert.fail('the source was read');
  }
  await assert.rejects(
    contents.write(context, untouchable(), { size: 11, room: 10 }),
    code('quota_exceeded'),
  );
  await assert.rejects(contents.write(context, bytesOf(11), { room: 10 }), code('quota_exceeded'));
  assert.equal((await contents.write(context, bytesOf(10), { room: 10 })).size, 10);
  assert.equal((await keys()).length, 1);
});

test('checks digests of one chunk and of many; a wrong one leaves nothing', async (t) => {
  const { contents, keys } = await openContents(t);
  for (const size of [0, 500, mebibyte, 2 * mebibyte + 1]) {
    const bytes = bytesOf(size);
    for (const algorithm of ['sha256', 'sha1', 'md5'] as const) {
      const digest = createHash(algorithm).update(bytes).digest('hex');
      for (const source of [() => bytes, () => inPieces(bytes, 33_333)]) {
        const content = await contents.write(context, source(), {
          expect: { algorithm, digest: digest.toUpperCase() },
        });
        if (algorithm === 'sha256') assert.equal(content.sha256, digest);
        await contents.discard(content);
        const wrong = { algorithm, digest: digest.replace(/^./, (c) => (c === '0' ? '1' : '0')) };
        await assert.rejects(
          contents.write(context, source(), { expect: wrong, size }),
          code('checksum_mismatch'),
        );
      }
    }
  }
  assert.deepEqual(await keys(), []);
});

test('several chunks have no hash of the whole unless somebody asked', async (t) => {
  const { contents } = await openContents(t);
  const content = await contents.write(context, inPieces(bytesOf(2 * mebibyte + 1), 100_000));
  assert.deepEqual(
    [content.sha256, content.chunks.map((chunk) => chunk.size)],
    [null, [mebibyte, mebibyte, 1]],
  );
});

test('keepPartial keeps what came before the source failed or ended', async (t) => {
  const { contents, attach } = await openContents(t);
  for (const size of [0, 5, 100_000, mebibyte, 2 * mebibyte + 77]) {
    const bytes = bytesOf(size);
    for (const source of [failing(bytes), inPieces(bytes, 7_000)]) {
      const content = await contents.write(context, source, { size: size + 1000, keepPartial: true });
      assert.equal(content.size, size);
      const versionId = await attach(content);
      assert.ok((await collected(contents.stream(versionId, null, never))).equals(bytes));
    }
  }
  await assert.rejects(
    contents.write(context, bytesOf(10), { size: 9, keepPartial: true }),
    code('invalid_input'),
  );
});

test('an abort ends a write whose source is silent, early and late, and leaves nothing', async (t) => {
  const { contents, keys } = await openContents(t);
  for (const size of [10, 3 * mebibyte]) {
    const controller = new AbortController();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield* inPieces(bytesOf(size), 65_536);
      setImmediate(() => controller.abort());
      await new Promise(() => {});
    }
    const write = contents.write({ ...context, signal: controller.signal }, silent());
    await assert.rejects(write, code('aborted'));
  }
  assert.deepEqual(await keys(), []);
});

test('discard removes what no transaction took, and nothing else', async (t) => {
  const { contents, attach, keys } = await openContents(t);
  const kept = await contents.write(context, bytesOf(10));
  const versionId = await attach(kept);
  const fresh = await contents.write(context, bytesOf(20, 2));
  await contents.discard({ chunks: [...kept.chunks, ...fresh.chunks], size: 30, sha256: null });
  assert.deepEqual(await keys(), [kept.chunks[0]?.id]);
  await contents.discard(kept);
  assert.equal((await contents.small(versionId, 10))?.byteLength, 10);
});

test('discard after a rolled back attach removes the blob; the content can no longer be read', async (t) => {
  const { contents, sql, keys } = await openContents(t);
  const content = await contents.write(context, bytesOf(10));
  const versionId = newId();
  const failure = sql.transaction(async (tx) => {
    await contents.attach(tx, versionId, content);
    throw new Error('changed my mind');
  });
  await assert.rejects(failure, /changed my mind/);
  assert.deepEqual(await contents.chunksOf(versionId), []);
  await contents.discard(content);
  // Elsewhere a rollback may be a commit whose answer was lost: the next test.
  assert.deepEqual(await keys(), sql.dialect === 'sqlite' ? [] : content.chunks.map((chunk) => chunk.id));
});

test('discard leaves the blob where a lost answer may hide a commit', async (t) => {
  const { sql, node, keys } = await openContents(t);
  const networked = new Proxy(sql, {
    get: (target, name) => {
      if (name === 'dialect') return 'postgres';
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const contents = node({ sql: networked });
  const attached = await contents.write(context, bytesOf(10));
  const untouched = await contents.write(context, bytesOf(11));
  await sql
    .transaction(async (tx) => {
      await contents.attach(tx, newId(), attached);
      throw new Error('connection lost at commit');
    })
    .catch(() => {});
  await contents.discard(attached);
  await contents.discard(untouched);
  assert.deepEqual(await keys(), [attached.chunks[0]?.id]);
});

test('parts become a file without a byte copied; the order and a part used twice are kept', async (t) => {
  const { contents, sql, attach, release, keys } = await openContents(t);
  const parts: string[] = [];
  for (const seed of [1, 2]) parts.push(await attach(await contents.write(context, bytesOf(100, seed))));
  const [one = [], two = []] = await Promise.all(parts.map((part) => contents.chunksOf(part)));
  const last = await contents.write(context, bytesOf(50, 3));
  const versionId = newId();
  const chunks = [...two, ...one, ...two, ...last.chunks];
  await sql.transaction(async (tx) => {
    await contents.attach(tx, versionId, { chunks, size: 350, sha256: null });
    await contents.release(tx, parts);
  });
  const expected = Buffer.concat([bytesOf(100, 2), bytesOf(100, 1), bytesOf(100, 2), bytesOf(50, 3)]);
  assert.ok(expected.equals((await contents.small(versionId, 350)) ?? assert.fail()));
  assert.equal((await keys()).length, 3);
  assert.deepEqual(await contents.chunksOf(parts[0] ?? ''), []);
  await contents.collect(0);
  await contents.collect(0);
  assert.equal((await keys()).length, 3);
  await release(versionId);
  await contents.collect(0);
  assert.deepEqual(await keys(), []);
});

test('a damaged blob is corrupt and logged, small or streamed, and never complete', async (t) => {
  const { contents, blobs, store, errors } = await openContents(t, 4);
  for (const size of [4096, 3 * mebibyte]) {
    const versionId = await store(inPieces(bytesOf(size), 65_536));
    const [chunk] = await contents.chunksOf(versionId);
    const damaged = bytesOf(size);
    damaged[size - 1] = (damaged[size - 1] ?? 0) ^ 1;
    await blobs.delete([chunk?.id ?? '']);
    await blobs.put(chunk?.id ?? '', damaged);
    if (size <= mebibyte) await assert.rejects(contents.small(versionId, size), code('corrupt'));
    let got = 0;
    await assert.rejects(async () => {
      for await (const piece of contents.stream(versionId, null, never)) got += piece.byteLength;
    }, code('corrupt'));
    assert.ok(got < size);
  }
  assert.equal(errors.filter((text) => /does not match its hash/.test(text)).length, 3);
});

test('a blob that is missing or too short is corrupt, whole and in parts', async (t) => {
  const { contents, blobs, store } = await openContents(t, 4);
  const versionId = await store(inPieces(bytesOf(2 * mebibyte), 65_536));
  const small = await store(bytesOf(100));
  for (const id of [versionId, small]) {
    const [chunk] = await contents.chunksOf(id);
    await blobs.delete([chunk?.id ?? '']);
    await assert.rejects(collected(contents.stream(id, null, never)), code('corrupt'));
    await assert.rejects(collected(contents.stream(id, { start: 5, end: 50 }, never)), code('corrupt'));
    await blobs.put(chunk?.id ?? '', bytesOf(20));
    await assert.rejects(collected(contents.stream(id, { start: 5, end: 50 }, never)), code('corrupt'));
    await assert.rejects(collected(contents.stream(id, null, never)), code('corrupt'));
  }
  await assert.rejects(contents.small(small, 100), code('corrupt'));
  await assert.rejects(contents.small(newId(), 100), code('corrupt'));
});

test('small leaves large contents to the stream', async (t) => {
  const { contents, store } = await openContents(t);
  const versionId = await store(bytesOf(mebibyte + 1));
  assert.equal(await contents.small(versionId, mebibyte + 1), null);
});

test('an address of the blob store itself is given only for one chunk, where the store can and the setting says so', async (t) => {
  const headers = { contentType: 'text/plain', disposition: 'attachment' };
  const addressOf = async (direct: boolean, able: boolean, bytes: Uint8Array): Promise<URL | null> => {
    const { store, node, blobs } = await openContents(t, 1, direct);
    const version = await store(bytes);
    const presigning: typeof blobs = Object.create(blobs, {
      presign: { value: (key: string) => Promise.resolve(new URL(`https://s3.example/${key}`)) },
    });
    return node({ blobs: able ? presigning : blobs }).directUrl(version, headers);
  };
  assert.equal(await addressOf(false, true, bytesOf(5)), null);
  assert.equal(await addressOf(true, false, bytesOf(5)), null);
  assert.equal(await addressOf(true, true, bytesOf(1_500_000)), null);
  assert.equal((await addressOf(true, true, bytesOf(5)))?.host, 's3.example');
});
