/** What the tests of this service share: a store of each kind, a clock to turn, and short ways to say common things. */
import type { TestContext } from 'node:test';
import type { Clock } from '../../kernel/clock.ts';
import { systemContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { BlobSource, BlobStore } from '../../stores/blobs/contract.ts';
import { memoryBlobs } from '../../stores/blobs/memory/driver.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { ContentsService, StoredContent, WriteOptions } from './api.ts';
import { contentsMigrations } from './migrations.ts';
import { startContents } from './service.ts';

export const context = systemContext('test');
export const never: AbortSignal = new AbortController().signal;

export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let now = 1_700_000_000_000;
  return { now: () => now, monotonic: () => now, advance: (ms) => void (now += ms) };
}

export interface TestContents {
  readonly contents: ContentsService;
  readonly sql: SqlStore;
  readonly blobs: BlobStore;
  readonly clock: TestClock;
  /** Texts of errors logged so far. */
  readonly errors: string[];
  /** Another node on the same stores. */
  node(overrides?: {
    readonly sql?: SqlStore;
    readonly blobs?: BlobStore;
    readonly place?: string;
  }): ContentsService;
  /** Writes and attaches. @returns the version */
  store(source: BlobSource, options?: WriteOptions): Promise<string>;
  attach(content: StoredContent): Promise<string>;
  share(from: string): Promise<string>;
  release(...versionIds: string[]): Promise<void>;
  keys(): Promise<string[]>;
}

export async function openContents(
  t: Pick<TestContext, 'after'>,
  chunkMiB = 1,
  directDownload = false,
): Promise<TestContents> {
  const { sql, close } = await openTestSql(contentsMigrations);
  t.after(close);
  const clock = testClock();
  const errors: string[] = [];
  const log: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (_fields, message) => void errors.push(message),
    child: () => log,
  };
  const blobs = await memoryBlobs.open(parseStoreUrl('memory:'), { log, clock, durability: 'full' });
  const values = {
    'contents.chunkMiB': chunkMiB,
    'contents.graceHours': 1,
    'contents.directDownload': directDownload,
  };
  const settings = { get: (key: string) => values[key as keyof typeof values] as never };
  const node: TestContents['node'] = (overrides = {}) =>
    startContents({ sql, blobs, place: 'here', ...overrides, settings, clock, log }).api;
  const contents = node();
  const attach = async (content: StoredContent): Promise<string> => {
    const versionId = newId();
    await sql.transaction((tx) => contents.attach(tx, versionId, content));
    return versionId;
  };
  return {
    contents,
    sql,
    blobs,
    clock,
    errors,
    node,
    attach,
    store: async (source, options) => attach(await contents.write(context, source, options)),
    share: async (from) => {
      const to = newId();
      await sql.transaction((tx) => contents.share(tx, [{ from, to }]));
      return to;
    },
    release: (...versionIds) => sql.transaction((tx) => contents.release(tx, versionIds)),
    keys: async () => {
      const keys: string[] = [];
      for await (const blob of blobs.list()) keys.push(blob.key);
      return keys.sort();
    },
  };
}

export function bytesOf(size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let index = 0; index < size; index++) bytes[index] = (index * 17 + seed * 131 + (index >> 9)) & 255;
  return bytes;
}

export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

export async function collected(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}
