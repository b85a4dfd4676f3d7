import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { ErrorCode } from '@volvox/api';
import type { BlobStore } from './contract.ts';

export interface OpenedBlobs {
  readonly store: BlobStore;
  /** Puts a temporary leftover of an interrupted put there; absent where the store cannot have any. */
  readonly leaveLeftover?: () => Promise<void>;
  dispose(): Promise<void>;
}

/** What every blob driver and wrapper must do. */
export function blobStoreSuite(name: string, open: () => Promise<OpenedBlobs>): void {
  suite(`blobs: ${name}`, () => {
    let opened: OpenedBlobs;
    let store: BlobStore;
    before(async () => {
      opened = await open();
      store = opened.store;
    });
    after(() => opened.dispose());
    const shared = { store: () => store, opened: () => opened };
    writes(shared);
    reads(shared);
    listings(shared);
  });
}

interface Shared {
  readonly store: () => BlobStore;
  readonly opened: () => OpenedBlobs;
}

function writes({ store }: Shared): void {
  for (const size of [0, 1, 4096, 64 * 1024, 65 * 1024, 256 * 1024 + 1, 3 * 1024 * 1024 + 7]) {
    test(`keeps ${size} bytes, from an array and from a stream`, async () => {
      const bytes = pattern(size);
      for (const source of [bytes, inPieces(bytes, 10_007)]) {
        const key = newId();
        assert.equal(await store().put(key, source), size);
        assert.ok(same(await store().read(key), bytes));
        assert.ok(same(await collect(await store().stream(key)), bytes));
        assert.equal((await store().stat(key))?.size, size);
      }
    });
  }

  test('keeps what a view shows, not what lies around it, and not what is written there later', async () => {
    const slab = new Uint8Array(1000).fill(7);
    const view = slab.subarray(100, 200);
    view.fill(1);
    const key = newId();
    await store().put(key, view);
    slab.fill(9);
    assert.deepEqual(new Uint8Array(await store().read(key)), new Uint8Array(100).fill(1));
  });

  test('refuses a key that exists and keeps the first blob', async () => {
    const key = newId();
    await store().put(key, pattern(10));
    await assert.rejects(store().put(key, pattern(20)), code('conflict'));
    await assert.rejects(store().put(key, inPieces(pattern(20), 5)), code('conflict'));
    assert.ok(same(await store().read(key), pattern(10)));
  });

  test('lets exactly one of many concurrent puts of one key win', async () => {
    const key = newId();
    const puts = Array.from({ length: 8 }, (_, index) => {
      const bytes = pattern(100 + index);
      return store().put(key, index % 2 === 0 ? bytes : inPieces(bytes, 7));
    });
    const results = await Promise.allSettled(puts);
    const won = results.filter((result) => result.status === 'fulfilled');
    assert.equal(won.length, 1);
    assert.equal((await store().read(key)).byteLength, won[0]?.value);
    for (const result of results)
      if (result.status === 'rejected') assert.ok(isAppError(result.reason, 'conflict'));
  });

  test('keeps 300 concurrent puts apart', async () => {
    const keys = Array.from({ length: 300 }, () => newId());
    await Promise.all(keys.map((key, index) => store().put(key, pattern(index * 13))));
    for (const [index, key] of keys.entries()) assert.ok(same(await store().read(key), pattern(index * 13)));
  });

  test('leaves nothing if the source fails, and passes its error on', async () => {
    const key = newId();
    await assert.rejects(store().put(key, failing(pattern(2_000_000), 1_500_000)), /source broke/);
    assert.equal(await store().stat(key), null);
    await store().put(key, pattern(5));
    assert.equal((await store().stat(key))?.size, 5);
  });

  test('an abort ends a put whose source is silent, and leaves nothing', async () => {
    const key = newId();
    const controller = new AbortController();
    const source = silentAfter(pattern(1_000_000));
    const put = store().put(key, source.pieces, { signal: controller.signal });
    await source.reachedSilence;
    controller.abort();
    await assert.rejects(put, code('aborted'));
    assert.equal(await store().stat(key), null);
  });

  test('an abort before the start leaves nothing', async () => {
    const key = newId();
    await assert.rejects(store().put(key, pattern(5), { signal: AbortSignal.abort() }), code('aborted'));
    await assert.rejects(
      store().put(key, inPieces(pattern(5), 2), { signal: AbortSignal.abort() }),
      code('aborted'),
    );
    assert.equal(await store().stat(key), null);
  });

  test('tells the source to stop when the put ends early', async () => {
    const controller = new AbortController();
    let stopped = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (let turn = 0; ; turn++) {
          if (turn === 10) controller.abort();
          yield pattern(1000);
        }
      } finally {
        stopped = true;
      }
    }
    await assert.rejects(store().put(newId(), source(), { signal: controller.signal }), code('aborted'));
    assert.ok(stopped);
  });

  test('refuses keys that could lead elsewhere', async () => {
    for (const key of [
      'short',
      '../../../../etc/passwd',
      'UPPERCASE-KEY',
      'a/b/c/d/e/f/g',
      'x'.repeat(65),
      'nul\0nul\0nul',
      '',
    ]) {
      await assert.rejects(store().put(key, pattern(1)), code('invalid_input'), key);
      await assert.rejects(store().read(key), code('invalid_input'), key);
    }
  });

  test('takes every key of the allowed alphabet', async () => {
    for (const key of ['--------', 'abcdefgh', '0'.repeat(64), `${newId()}-1`]) {
      await store().put(key, pattern(3));
      assert.equal((await store().read(key)).byteLength, 3);
      await store().delete([key]);
    }
  });
}

function reads({ store }: Shared): void {
  const size = 700_001;
  const bytes = pattern(size);
  const ranges = [
    { start: 0, end: 0 },
    { start: 0, end: size - 1 },
    { start: 0, end: size * 2 },
    { start: 0 },
    { start: size - 1 },
    { start: size - 1, end: size - 1 },
    { start: 1, end: 1 },
    { start: 65_535, end: 65_536 },
    { start: 262_143, end: 524_289 },
    { start: 300_000, end: Number.MAX_SAFE_INTEGER - 1 },
  ];

  test('cuts ranges at the last byte', async () => {
    const key = newId();
    await store().put(key, bytes);
    for (const range of ranges) {
      const expected = bytes.subarray(range.start, (range.end ?? size) + 1);
      assert.ok(same(await store().read(key, range), expected), `read ${JSON.stringify(range)}`);
      assert.ok(
        same(await collect(await store().stream(key, range)), expected),
        `stream ${JSON.stringify(range)}`,
      );
    }
  });

  test('refuses ranges outside the blob', async () => {
    for (const length of [0, 10]) {
      const key = newId();
      await store().put(key, pattern(length));
      for (const range of [
        { start: length },
        { start: length + 5, end: length + 9 },
        { start: 3, end: 2 },
        { start: -1, end: 2 },
      ]) {
        await assert.rejects(store().read(key, range), code('range_not_satisfiable'), JSON.stringify(range));
        await assert.rejects(
          store().stream(key, range),
          code('range_not_satisfiable'),
          JSON.stringify(range),
        );
      }
    }
  });

  test('says not_found for an absent blob, before the first byte', async () => {
    await assert.rejects(store().read(newId()), code('not_found'));
    await assert.rejects(store().read(newId(), { start: 0, end: 5 }), code('not_found'));
    await assert.rejects(store().stream(newId()), code('not_found'));
    assert.equal(await store().stat(newId()), null);
  });

  test('a loop that is left early, or an abort, ends a stream', async () => {
    const key = newId();
    await store().put(key, bytes);
    for await (const piece of await store().stream(key)) {
      assert.ok(piece.byteLength > 0);
      break;
    }
    const controller = new AbortController();
    const stream = await store().stream(key, undefined, controller.signal);
    await assert.rejects(async () => {
      for await (const piece of stream) if (piece.byteLength > 0) controller.abort();
    }, code('aborted'));
  });

  test('forgets what is deleted; deleting the absent is fine', async () => {
    const keys = [newId(), newId(), newId()];
    for (const key of keys) await store().put(key, pattern(9));
    await store().read(keys[0] ?? '');
    await store().delete([...keys.slice(0, 2), newId()]);
    await store().delete([]);
    assert.equal(await store().stat(keys[0] ?? ''), null);
    await assert.rejects(store().read(keys[1] ?? ''), code('not_found'));
    assert.equal((await store().stat(keys[2] ?? ''))?.size, 9);
  });
}

function listings({ store, opened }: Shared): void {
  test('lists more than a thousand blobs, each once, whole ones only', async () => {
    const keys = Array.from({ length: 1_100 }, () => newId());
    await Promise.all(keys.map((key) => store().put(key, pattern(3))));
    await store()
      .put(newId(), failing(pattern(100), 50))
      .catch(() => {});
    const seen = new Map<string, number>();
    for await (const stat of store().list()) {
      assert.ok(!seen.has(stat.key), 'listed twice');
      seen.set(stat.key, stat.size);
      assert.ok(stat.modifiedAt > 0);
    }
    for (const key of keys) assert.equal(seen.get(key), 3);
    for await (const stat of store().list()) {
      assert.ok(stat.size >= 0);
      break;
    }
  });

  test('sweeps old leftovers, spares young ones and blobs', async (t) => {
    const { leaveLeftover } = opened();
    const key = newId();
    await store().put(key, pattern(5));
    assert.equal(await store().sweep(0), 0);
    if (leaveLeftover === undefined) return t.diagnostic('this store has no leftovers');
    await leaveLeftover();
    assert.equal(await store().sweep(60_000), 0);
    assert.equal(await store().sweep(0), 1);
    assert.equal((await store().stat(key))?.size, 5);
  });

  test('does not sweep away a put that is under way', async () => {
    const key = newId();
    let goOn = (): void => {};
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    let reached = (): void => {};
    const halfway = new Promise<void>((resolve) => (reached = resolve));
    async function* source(): AsyncGenerator<Uint8Array> {
      yield pattern(2_000_000);
      reached();
      await waiting;
      yield pattern(10);
    }
    const put = store().put(key, source());
    await halfway;
    await store().sweep(0);
    goOn();
    assert.equal(await put, 2_000_010);
    assert.equal((await store().stat(key))?.size, 2_000_010);
  });

  test('answers a ping', async () => {
    assert.ok('version' in (await store().ping()));
  });
}

export function pattern(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + (index >> 8)) & 255;
  return bytes;
}

export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

export function code(expected: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isAppError(error), `not an AppError: ${String(error)}`);
    assert.equal(error.code, expected);
    return true;
  };
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

async function* failing(bytes: Uint8Array, after: number): AsyncGenerator<Uint8Array> {
  for await (const piece of inPieces(bytes.subarray(0, after), 65_536)) yield piece;
  throw new Error('source broke');
}

function silentAfter(bytes: Uint8Array): {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly reachedSilence: Promise<void>;
} {
  let reached = (): void => {};
  const reachedSilence = new Promise<void>((resolve) => (reached = resolve));
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes;
    reached();
    await new Promise(() => {});
  }
  return { pieces: pieces(), reachedSilence };
}
