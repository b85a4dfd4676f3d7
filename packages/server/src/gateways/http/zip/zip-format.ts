/**
 * The records of a zip file (PKWARE APPNOTE 6.3) for entries that are stored as they are, in one pass: sizes are known
 * before, checksums only behind the data. 64-bit fields appear only where a number needs them.
 */
export interface ZipEntry {
  /** UTF-8; folders end with a slash */
  readonly name: Buffer;
  /** bytes */
  readonly size: number;
  readonly modifiedAt: number;
  readonly folder: boolean;
}

const max32 = 0xffff_ffff;
const max16 = 0xffff;
const timesLength = 9;

const utf8Flag = 0x0800;
const descriptorFlag = 0x0008;

function isLarge(entry: ZipEntry): boolean {
  return entry.size >= max32;
}

export function localLength(entry: ZipEntry): number {
  return 30 + entry.name.length + timesLength + (isLarge(entry) ? 20 : 0);
}

/** Empty entries need none: their checksum is known. */
export function descriptorLength(entry: ZipEntry): number {
  return entry.size === 0 ? 0 : isLarge(entry) ? 24 : 16;
}

export function centralLength(entry: ZipEntry, offset: number): number {
  return 46 + entry.name.length + timesLength + wideLength(entry, offset);
}

export function endLength(count: number, size: number, offset: number): number {
  return (needsWideEnd(count, size, offset) ? 56 + 20 : 0) + 22;
}

export function localRecord(entry: ZipEntry): Buffer {
  const out = Buffer.alloc(localLength(entry));
  const large = isLarge(entry);
  out.writeUInt32LE(0x04034b50, 0);
  writeCommon(out, 4, entry);
  const empty = large ? max32 : 0;
  out.writeUInt32LE(empty, 18);
  out.writeUInt32LE(empty, 22);
  out.writeUInt16LE(entry.name.length, 26);
  out.writeUInt16LE(timesLength + (large ? 20 : 0), 28);
  entry.name.copy(out, 30);
  const at = writeTimes(out, 30 + entry.name.length, entry);
  if (large) {
    out.writeUInt16LE(1, at);
    out.writeUInt16LE(16, at + 2); // both sizes zero: they stand behind the data
  }
  return out;
}

export function descriptorRecord(entry: ZipEntry, crc: number): Buffer {
  const out = Buffer.alloc(descriptorLength(entry));
  out.writeUInt32LE(0x08074b50, 0);
  out.writeUInt32LE(crc, 4);
  if (isLarge(entry)) {
    out.writeBigUInt64LE(BigInt(entry.size), 8);
    out.writeBigUInt64LE(BigInt(entry.size), 16);
  } else {
    out.writeUInt32LE(entry.size, 8);
    out.writeUInt32LE(entry.size, 12);
  }
  return out;
}

export function centralRecord(entry: ZipEntry, offset: number, crc: number): Buffer {
  const out = Buffer.alloc(centralLength(entry, offset));
  const wide = wideLength(entry, offset);
  out.writeUInt32LE(0x02014b50, 0);
  out.writeUInt16LE(0x0300 | 45, 4); // made on Unix, so that the attributes below are Unix modes
  writeCommon(out, 6, entry);
  out.writeUInt32LE(crc, 16);
  out.writeUInt32LE(Math.min(entry.size, max32), 20);
  out.writeUInt32LE(Math.min(entry.size, max32), 24);
  out.writeUInt16LE(entry.name.length, 28);
  out.writeUInt16LE(timesLength + wide, 30);
  out.writeUInt32LE(entry.folder ? ((0o040755 << 16) | 0x10) >>> 0 : (0o100644 << 16) >>> 0, 38);
  out.writeUInt32LE(Math.min(offset, max32), 42);
  entry.name.copy(out, 46);
  let at = writeTimes(out, 46 + entry.name.length, entry);
  if (wide === 0) return out;
  out.writeUInt16LE(1, at);
  out.writeUInt16LE(wide - 4, at + 2);
  at += 4;
  if (isLarge(entry)) {
    out.writeBigUInt64LE(BigInt(entry.size), at);
    out.writeBigUInt64LE(BigInt(entry.size), at + 8);
    at += 16;
  }
  if (offset >= max32) out.writeBigUInt64LE(BigInt(offset), at);
  return out;
}

/** The end of the central directory, which is `size` bytes from `offset` on. */
export function endRecord(count: number, size: number, offset: number): Buffer {
  const wide = needsWideEnd(count, size, offset);
  const out = Buffer.alloc(endLength(count, size, offset));
  let at = 0;
  if (wide) {
    out.writeUInt32LE(0x06064b50, 0);
    out.writeBigUInt64LE(44n, 4);
    out.writeUInt16LE(0x0300 | 45, 12);
    out.writeUInt16LE(45, 14);
    out.writeBigUInt64LE(BigInt(count), 24);
    out.writeBigUInt64LE(BigInt(count), 32);
    out.writeBigUInt64LE(BigInt(size), 40);
    out.writeBigUInt64LE(BigInt(offset), 48);
    out.writeUInt32LE(0x07064b50, 56);
    out.writeBigUInt64LE(BigInt(offset + size), 64);
    out.writeUInt32LE(1, 72);
    at = 76;
  }
  out.writeUInt32LE(0x06054b50, at);
  out.writeUInt16LE(Math.min(count, max16), at + 8);
  out.writeUInt16LE(Math.min(count, max16), at + 10);
  out.writeUInt32LE(Math.min(size, max32), at + 12);
  out.writeUInt32LE(Math.min(offset, max32), at + 16);
  return out;
}

function needsWideEnd(count: number, size: number, offset: number): boolean {
  return count >= max16 || size >= max32 || offset >= max32;
}

function wideLength(entry: ZipEntry, offset: number): number {
  const bytes = (isLarge(entry) ? 16 : 0) + (offset >= max32 ? 8 : 0);
  return bytes === 0 ? 0 : bytes + 4;
}

/** Version needed, flags, method, DOS time and date: alike in both headers. */
function writeCommon(out: Buffer, at: number, entry: ZipEntry): void {
  out.writeUInt16LE(isLarge(entry) ? 45 : 20, at);
  out.writeUInt16LE(utf8Flag | (entry.size === 0 ? 0 : descriptorFlag), at + 2);
  const date = new Date(Math.min(Math.max(entry.modifiedAt, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)));
  out.writeUInt16LE(
    (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1),
    at + 6,
  );
  out.writeUInt16LE(
    ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(),
    at + 8,
  );
}

/** Extended timestamp: seconds since 1970 in UTC, where the DOS fields have no time zone. */
function writeTimes(out: Buffer, at: number, entry: ZipEntry): number {
  out.writeUInt16LE(0x5455, at);
  out.writeUInt16LE(5, at + 2);
  out.writeUInt8(1, at + 4);
  out.writeInt32LE(Math.min(Math.max(Math.floor(entry.modifiedAt / 1000), -(2 ** 31)), 2 ** 31 - 1), at + 5);
  return at + timesLength;
}
