import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import * as format from './zip-format.ts';
import { ZipNames } from './zip-names.ts';
import { zipBytes, zipLength, type ZipSource } from './zip-stream.ts';

const time = Date.UTC(2026, 10, 22, 12, 34, 56);

function source(name: string, bytes: Buffer | null, modifiedAt = time): ZipSource {
  return {
    name: Buffer.from(name),
    size: bytes?.length ?? 0,
    modifiedAt,
    folder: bytes === null,
    async *open() {
      for (let at = 0; at < (bytes?.length ?? 0); at += 7) yield bytes!.subarray(at, at + 7);
    },
  };
}

async function whole(entries: readonly ZipSource[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of zipBytes(entries)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A strict reader of what a central directory says, checked against local headers, data and descriptors. */
function read(zip: Buffer): { name: string; bytes: Buffer }[] {
  const end = zip.length - 22;
  assert.equal(zip.readUInt32LE(end), 0x06054b50);
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  assert.equal(at + zip.readUInt32LE(end + 12), end);
  const files: { name: string; bytes: Buffer }[] = [];
  for (let n = 0; n < count; n++) {
    assert.equal(zip.readUInt32LE(at), 0x02014b50);
    const [crc, size, nameLength, extra, local] = [
      zip.readUInt32LE(at + 16),
      zip.readUInt32LE(at + 24),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt32LE(at + 42),
    ];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    assert.equal(zip.readUInt32LE(local), 0x04034b50);
    assert.equal(zip.readUInt16LE(local + 6), zip.readUInt16LE(at + 8), 'flags');
    assert.ok(zip.readUInt16LE(local + 6) & 0x0800, 'UTF-8');
    assert.equal(zip.toString('utf8', local + 30, local + 30 + nameLength), name);
    const from = local + 30 + nameLength + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(from, from + size);
    assert.equal(crc32(bytes), crc);
    if (size > 0)
      assert.deepEqual(
        [0, 4, 8, 12].map((o) => zip.readUInt32LE(from + size + o)),
        [0x08074b50, crc, size, size],
      );
    files.push({ name, bytes });
    at += 46 + nameLength + extra;
  }
  assert.equal(at, end);
  return files;
}

test('has exactly the length told before, and holds what was given', async () => {
  const file = fc.record({
    name: fc.string({ minLength: 1, maxLength: 40 }),
    bytes: fc.option(fc.uint8Array({ maxLength: 200 })),
    at: fc.integer({ min: -(10 ** 13), max: 10 ** 14 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 8 }), async (files) => {
      const entries = files.map(({ name, bytes, at }) =>
        source(name, bytes === null ? null : Buffer.from(bytes), at),
      );
      const zip = await whole(entries);
      assert.equal(zip.length, zipLength(entries));
      assert.deepEqual(
        read(zip).map(({ bytes }) => bytes.length),
        entries.map(({ size }) => size),
      );
    }),
  );
  const zip = await whole([
    source('ordner/', null),
    source('ordner/é日本.txt', Buffer.from('hello')),
    source('leer', Buffer.alloc(0)),
  ]);
  assert.deepEqual(
    read(zip).map(({ name, bytes }) => [name, bytes.toString()]),
    [
      ['ordner/', ''],
      ['ordner/é日本.txt', 'hello'],
      ['leer', ''],
    ],
  );
});

test('writes 64-bit fields only where a number needs them, and counts them', () => {
  const entry = (size: number): format.ZipEntry => ({
    name: Buffer.from('x'),
    size,
    modifiedAt: time,
    folder: false,
  });
  const limit = 0xffff_ffff;
  for (const [size, offset] of [
    [1, 0],
    [limit - 1, limit - 1],
    [limit, 0],
    [1, limit],
    [2 ** 40, 2 ** 41],
  ] as const) {
    assert.equal(format.localRecord(entry(size)).length, format.localLength(entry(size)));
    assert.equal(format.descriptorRecord(entry(size), 1).length, format.descriptorLength(entry(size)));
    const central = format.centralRecord(entry(size), offset, 1);
    assert.equal(central.length, format.centralLength(entry(size), offset));
    const extra = central.subarray(47 + 9);
    if (size >= limit) assert.equal(extra.readBigUInt64LE(4), BigInt(size));
    if (offset >= limit) assert.equal(extra.readBigUInt64LE(size >= limit ? 20 : 4), BigInt(offset));
    if (size < limit && offset < limit) assert.equal(extra.length, 0);
  }
  assert.equal(format.endRecord(3, 100, 200).length, 22);
  const wide = format.endRecord(70_000, 100, limit);
  assert.equal(wide.length, format.endLength(70_000, 100, limit));
  assert.equal(wide.readBigUInt64LE(24), 70_000n);
  assert.equal(wide.readBigUInt64LE(48), BigInt(limit));
  assert.equal(wide.readBigUInt64LE(64), BigInt(limit + 100));
  assert.equal(wide.readUInt16LE(76 + 8), 0xffff);
});

test('a source of another size ends the zip with an error, never with a wrong entry', async () => {
  for (const size of [4, 6]) {
    const entry = { ...source('a', Buffer.from('hello')), size };
    await assert.rejects(whole([entry]), /listed size/);
  }
});

test('names can not leave the folder they are unpacked in', () => {
  const names = new ZipNames();
  const claimed = [
    names.claim(['..', 'etc', 'passwd'], false),
    names.claim(['/abs'], false),
    names.claim(['a\\..\\b'], false),
    names.claim(['C:', 'x'], false),
    names.claim(['', '.'], true),
    names.claim(['a\u0000b\n'], false),
  ];
  assert.deepEqual(claimed, ['__/etc/passwd', '_abs', 'a_.._b', 'C_/x', '_/_/', 'a_b_']);
});

test('two things never get the same name', () => {
  const names = new ZipNames();
  const claimed = [
    names.claim(['a.txt'], false),
    names.claim(['a.txt'], false),
    names.claim(['a.txt'], true),
    names.claim(['x:y'], false),
    names.claim(['x_y'], false),
    names.claim(['.env'], false),
    names.claim(['.env'], false),
  ];
  assert.deepEqual(claimed, ['a.txt', 'a (2).txt', 'a (3).txt/', 'x_y', 'x_y (2)', '.env', '.env (2)']);
});
