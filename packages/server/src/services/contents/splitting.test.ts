import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../kernel/errors.ts';
import type { BlobStore } from '../../stores/blobs/contract.ts';
import { Reading } from './reading.ts';
import { writeContent } from './writing.ts';
import { bytesOf, collected, never, testClock } from './testing.ts';
import { memoryBlobs } from '../../stores/blobs/memory/driver.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { silentLogger } from '../../kernel/logger.ts';

async function open(): Promise<BlobStore> {
  return memoryBlobs.open(parseStoreUrl('memory:'), {
    log: silentLogger,
    clock: testClock(),
    durability: 'full',
  });
}

const sizes = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 65_000, max: 66_100 }),
  fc.integer({ min: 0, max: 400_000 }),
);
const cuts = fc.array(fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 1, max: 150_000 })), {
  maxLength: 40,
});
const chunkSizes = fc.oneof(
  fc.integer({ min: 1, max: 100 }).map((n) => n * 997),
  fc.constantFrom(65_535, 65_536, 65_537, 1 << 20),
);

/** `bytes` cut into pieces of the given lengths, empty ones included, the rest as one. */
async function* cut(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

const unwatched = {
  clock: testClock(),
  onKey: () => {},
  hold: () => Promise.resolve(),
  onFailed: () => Promise.resolve(),
};

test('whatever the pieces and the chunk size, every range reads as from a plain buffer', async () => {
  const property = fc.asyncProperty(
    sizes,
    cuts,
    chunkSizes,
    fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 5 }),
    async (size, lengths, chunkBytes, ranges) => {
      const blobs = await open();
      const reading = new Reading(blobs, silentLogger);
      const bytes = bytesOf(size, lengths.length);
      const content = await writeContent({ ...unwatched, blobs }, cut(bytes, lengths), {}, chunkBytes, never);
      assert.equal(content.size, size);
      assert.deepEqual(
        content.chunks.map((chunk) => chunk.size),
        Array.from({ length: Math.ceil(size / chunkBytes) }, (_, index) =>
          Math.min(chunkBytes, size - index * chunkBytes),
        ),
      );
      const { chunks } = content;
      assert.ok((await collected(reading.between(chunks, 0, size, never))).equals(bytes));
      assert.ok(Buffer.from(await reading.whole(chunks)).equals(bytes));
      for (const [first, second] of ranges) {
        const start = Math.min(first % (size + 1), second % (size + 1));
        const stop = Math.max(first % (size + 1), second % (size + 1));
        assert.ok(
          (await collected(reading.between(chunks, start, stop, never))).equals(bytes.subarray(start, stop)),
        );
      }
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

test('a flipped bit anywhere in a chunk is found by every whole read of it', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 300_000 }),
    fc.nat(),
    fc.nat(7),
    async (size, at, bit) => {
      const blobs = await open();
      const reading = new Reading(blobs, silentLogger);
      const bytes = bytesOf(size);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const damaged = Buffer.from(bytes);
      damaged[at % size] = (damaged[at % size] ?? 0) ^ (1 << bit);
      const chunk = { id: 'a-chunk-of-this-test', size, sha256 };
      await blobs.put(chunk.id, damaged);
      await assert.rejects(reading.whole([chunk]), (error) => isAppError(error, 'corrupt'));
      await assert.rejects(collected(reading.between([chunk], 0, size, never)), (error) =>
        isAppError(error, 'corrupt'),
      );
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test('pulls from a source only as fast as the store takes', async () => {
  const mebibyte = 2 ** 20;
  const blobs = await open();
  let given = 0;
  let taken = 0;
  let worst = 0;
  const slow: BlobStore = Object.assign(Object.create(blobs) as BlobStore, {
    put: async (_key: string, source: AsyncIterable<Uint8Array>) => {
      let size = 0;
      for await (const piece of source) {
        size += piece.byteLength;
        taken += piece.byteLength;
        worst = Math.max(worst, given - taken);
      }
      return size;
    },
  });
  async function* source(): AsyncGenerator<Uint8Array> {
    for (; given < 64 * mebibyte; given += 65_536) yield bytesOf(65_536);
  }
  const content = await writeContent({ ...unwatched, blobs: slow }, source(), {}, 8 * mebibyte, never);
  assert.equal(content.chunks.length, 8);
  assert.ok(worst <= 4 * 65_536, `${worst} bytes were held`);
});
