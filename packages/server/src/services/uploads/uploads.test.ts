import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { armPoint } from '../../kernel/fault-points.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { contentsMigrations } from '../contents/migrations.ts';
import { journalMigrations } from '../journal/migrations.ts';
import { locksMigrations } from '../locks/migrations.ts';
import { treeMigrations } from '../tree/migrations.ts';
import { contextOf, openTree, type TestTree } from '../tree/testing.ts';
import type { Upload, UploadsService, UploadTarget } from './api.ts';
import { uploadsMigrations } from './migrations.ts';
import { startUploads } from './service.ts';
import { SourceReader } from './source-reader.ts';

const migrations = [
  journalMigrations,
  contentsMigrations,
  locksMigrations,
  treeMigrations,
  uploadsMigrations,
].flat();
const ann = contextOf(newId());
const eve = contextOf(newId());

let world: TestTree;
let uploads: UploadsService;
let revoked: string | null;

beforeEach(async () => {
  world = await openTree();
  await world.sql.migrate(migrations);
  revoked = null;
  const access = {
    current: async (_tx: unknown, context: Context) => {
      if (context.principal.userId === revoked) throw new AppError('unauthenticated', 'revoked');
      return context.principal;
    },
  };
  uploads = startUploads({
    sql: world.sql,
    tree: world.tree,
    contents: world.contents,
    clock: world.deps.clock,
    access,
    settings: { get: () => 24 as never },
    log: silentLogger,
  }).api;
});
afterEach(async () => {
  armPoint(null);
  await world.close();
});

const code = (want: string) => (error: unknown) => error instanceof AppError && error.code === want;
const targetOf = (name: string, patch: Partial<UploadTarget> = {}): UploadTarget => ({
  parentId: world.home.rootId,
  name,
  folders: [],
  onConflict: 'fail',
  ...patch,
});

function begin(name: string, length: number | null, patch: Partial<UploadTarget> = {}): Promise<Upload> {
  return uploads.create(ann, {
    target: targetOf(name, patch),
    length,
    metadata: '',
    kind: 'whole',
    concat: null,
  });
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* cutAfter(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
  throw new Error('connection reset');
}

async function read(path: string): Promise<string | null> {
  const found = await world.at(path);
  if (found === null) return null;
  if (found.node.versionId === null) throw new Error('no version');
  const all: Uint8Array[] = [];
  for await (const piece of world.contents.stream(found.node.versionId, null, ann.signal)) all.push(piece);
  return Buffer.concat(all).toString();
}

const offsetOf = async (upload: Upload): Promise<number> => (await uploads.get(ann, upload.id)).offset;

test('what is appended in parts becomes the file, with the length the moment it is complete', async () => {
  const upload = await begin('a.txt', 11, { folders: ['x', 'y'], modifiedAt: 1_600_000_000_000 });
  assert.equal((await uploads.append(ann, upload.id, 0, pieces('hel', 'lo'))).node, null);
  assert.equal(await read('x/y/a.txt'), null);
  await uploads.append(ann, upload.id, 5, pieces(' '));
  const { upload: done, node } = await uploads.append(ann, upload.id, 6, pieces('world'));
  assert.equal(await read('x/y/a.txt'), 'hello world');
  assert.deepEqual(
    [done.offset, done.nodeId, node?.modifiedAt, node?.size],
    [11, node?.id, 1_600_000_000_000, 11],
  );
  assert.equal((await uploads.get(ann, upload.id)).nodeId, node?.id);
  await assert.rejects(uploads.append(ann, upload.id, 11, pieces('x')), code('conflict'));
});

test('copies no byte at the end: the parts are the chunks of the file', async () => {
  const upload = await begin('a', 4);
  await uploads.append(ann, upload.id, 0, pieces('ab'));
  const { node } = await uploads.append(ann, upload.id, 2, pieces('cd'));
  const chunks = await world.contents.chunksOf(node?.versionId ?? '');
  assert.deepEqual(
    chunks.map((chunk) => chunk.size),
    [2, 2],
  );
  assert.deepEqual(await world.contents.collect(0), { condemned: 0, removed: 0, orphans: 0 });
  assert.equal(await read('a'), 'abcd');
});

test('an empty file is there at once', async () => {
  const upload = await begin('empty', 0);
  assert.ok(upload.nodeId);
  assert.equal(await read('empty'), '');
});

test('of two writers at one offset one wins, and the bytes are its bytes', async () => {
  const upload = await begin('race', 3);
  const both = await Promise.allSettled(
    ['aaa', 'bbb'].map((text) => uploads.append(ann, upload.id, 0, pieces(text))),
  );
  assert.deepEqual(both.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
  assert.equal(await read('race'), both[0]?.status === 'fulfilled' ? 'aaa' : 'bbb');
});

test('refuses another offset and tells the present one', async () => {
  const upload = await begin('a', 10);
  await uploads.append(ann, upload.id, 0, pieces('abc'));
  for (const offset of [0, 2, 4]) {
    await assert.rejects(
      uploads.append(ann, upload.id, offset, pieces('x')),
      (error: unknown) => code('conflict')(error) && (error as AppError).details['offset'] === 3,
    );
  }
});

test('a cut line keeps what came', async () => {
  const upload = await begin('cut', 6);
  await assert.rejects(uploads.append(ann, upload.id, 0, cutAfter('abcd')), code('incomplete_body'));
  assert.equal(await offsetOf(upload), 4);
  await uploads.append(ann, upload.id, 4, pieces('ef'));
  assert.equal(await read('cut'), 'abcdef');
});

test('who asks for the offset while a cut request is being kept waits for it', async () => {
  const upload = await begin('cut', 6);
  const line = new AbortController();
  const [begun, reset] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('abcd');
    begun.resolve();
    await reset.promise;
    throw new Error('connection reset');
  }
  const running = assert.rejects(uploads.append({ ...ann, signal: line.signal }, upload.id, 0, slow()));
  await begun.promise;
  line.abort();
  const asked = offsetOf(upload);
  reset.resolve();
  assert.equal(await asked, 4);
  await running;
});

test('a checksum is all or nothing', async () => {
  const upload = await begin('sum', 5);
  const sum = (text: string) => ({
    checksum: { algorithm: 'sha1' as const, digest: createHash('sha1').update(text).digest('hex') },
  });
  await assert.rejects(
    uploads.append(ann, upload.id, 0, pieces('hel', 'lo'), sum('other')),
    code('checksum_mismatch'),
  );
  await assert.rejects(uploads.append(ann, upload.id, 0, cutAfter('hel'), sum('hello')));
  assert.equal(await offsetOf(upload), 0);
  await uploads.append(ann, upload.id, 0, pieces('hel', 'lo'), sum('hello'));
  assert.equal(await read('sum'), 'hello');
});

test('more than the length is refused, told before or not', async () => {
  const upload = await begin('over', 4);
  await assert.rejects(uploads.append(ann, upload.id, 0, pieces('01234'), { size: 5 }), code('too_large'));
  await assert.rejects(uploads.append(ann, upload.id, 0, pieces('0123', '4')), code('too_large'));
  assert.equal(await offsetOf(upload), 0);
  assert.equal(await read('over'), null);
});

test('the length may come later, once, and ends an upload that is complete already', async () => {
  const upload = await begin('later', null);
  await uploads.append(ann, upload.id, 0, pieces('hello'));
  await assert.rejects(uploads.setLength(ann, upload.id, 4), code('invalid_input'));
  assert.equal((await uploads.setLength(ann, upload.id, 5)).length, 5);
  await assert.rejects(uploads.setLength(ann, upload.id, 6), code('conflict'));
  assert.equal(await read('later'), null);
  await uploads.append(ann, upload.id, 5, pieces());
  assert.equal(await read('later'), 'hello');
});

test('joins partial uploads in the order given, and only complete ones of the same user', async () => {
  const part = async (text: string, length = text.length): Promise<string> => {
    const upload = await uploads.create(ann, {
      target: null,
      length,
      metadata: '',
      kind: 'partial',
      concat: 'partial',
    });
    await uploads.append(ann, upload.id, 0, pieces(text));
    return upload.id;
  };
  const [a, b, open] = [await part('aaa'), await part('bb'), await part('c', 2)];
  const join = (context: Context, parts: string[]) =>
    uploads.concatenate(context, { target: targetOf('joined'), parts, metadata: '', concat: 'final;' });
  await assert.rejects(join(ann, [a, open]), code('invalid_input'));
  await assert.rejects(join(eve, [a, b]), code('not_found'));
  const done = await join(ann, [b, a, b]);
  assert.deepEqual([done.kind, done.length, done.offset], ['final', 7, 7]);
  assert.equal(await read('joined'), 'bbaaabb');
  for (const id of [a, b, open]) await uploads.remove(ann, id);
  await world.contents.collect(0);
  assert.equal(await read('joined'), 'bbaaabb');
});

test('nobody reaches the upload of somebody else', async () => {
  const upload = await begin('mine', 3);
  await assert.rejects(uploads.get(eve, upload.id), code('not_found'));
  await assert.rejects(uploads.append(eve, upload.id, 0, pieces('abc')), code('not_found'));
  await assert.rejects(uploads.remove(eve, upload.id), code('not_found'));
  await assert.rejects(uploads.get(ann, newId()), code('not_found'));
});

test('who lost the credentials meanwhile appends nothing', async () => {
  const upload = await begin('a', 6);
  revoked = ann.principal.userId;
  await assert.rejects(uploads.append(ann, upload.id, 0, pieces('abc')), code('unauthenticated'));
  revoked = null;
  assert.equal(await offsetOf(upload), 0);
});

test('looks at the name and the quota before the bytes travel, and again at the end', async () => {
  await world.put(world.home.rootId, 'taken', 'x');
  await assert.rejects(begin('taken', 5), code('conflict'));
  await assert.rejects(begin('a/b', 5), code('invalid_input'));
  const late = await begin('late', 2);
  await world.put(world.home.rootId, 'late', 'x');
  await uploads.append(ann, late.id, 0, pieces('a'));
  await assert.rejects(uploads.append(ann, late.id, 1, pieces('b')), code('conflict'));
  assert.equal(await offsetOf(late), 1, 'the last bytes may be sent again');
  const kept = await begin('late', 2, { onConflict: 'keep_both' });
  const { node } = await uploads.append(ann, kept.id, 0, pieces('hi'));
  assert.notEqual(node?.name, 'late');
  world.setQuota(world.home, 100);
  await assert.rejects(begin('big', 1000), code('quota_exceeded'));
});

test('what has lain too long is gone, its bytes too; finished files stay', async () => {
  const open = await begin('open', 6);
  await uploads.append(ann, open.id, 0, pieces('abc'));
  const done = await begin('done', 3);
  await uploads.append(ann, done.id, 0, pieces('abc'));
  assert.equal(await uploads.expire(), 0);
  world.clock.ahead = 25 * 3_600_000;
  await assert.rejects(uploads.get(ann, open.id), code('gone'));
  assert.equal(await uploads.expire(), 2);
  await assert.rejects(uploads.get(ann, open.id), code('not_found'));
  const first = await world.contents.collect(0);
  world.clock.ahead += 48 * 3_600_000;
  const second = await world.contents.collect(0);
  assert.equal(first.removed + second.removed, 1);
  assert.equal(await read('done'), 'abc');
});

test('every append begins its time anew', async () => {
  const upload = await begin('slow', 6);
  world.clock.ahead = 20 * 3_600_000;
  await uploads.append(ann, upload.id, 0, pieces('abc'));
  world.clock.ahead = 40 * 3_600_000;
  assert.equal(await uploads.expire(), 0);
  assert.equal(await offsetOf(upload), 3);
});

test('a fault between blob and commit keeps nothing, one behind the commit keeps all', async () => {
  const upload = await begin('fault', 6);
  armPoint('uploads.after-blob');
  await assert.rejects(uploads.append(ann, upload.id, 0, pieces('abc')), /fault injected/);
  assert.equal(await offsetOf(upload), 0);
  armPoint('uploads.after-commit');
  await assert.rejects(uploads.append(ann, upload.id, 0, pieces('abc')), /fault injected/);
  assert.equal(await offsetOf(upload), 3);
  armPoint('uploads.after-commit');
  await assert.rejects(uploads.append(ann, upload.id, 3, pieces('def')), /fault injected/);
  assert.equal(await read('fault'), 'abcdef');
  assert.ok((await uploads.get(ann, upload.id)).nodeId);
  assert.deepEqual(await world.findings(), []);
});

test('segments join to the source, however it is cut', async () => {
  const sources = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(sources, fc.integer({ min: 1, max: 30 }), async (source, size) => {
      const reader = new SourceReader(
        (async function* () {
          yield* source;
        })(),
        1000,
      );
      const segments: Buffer[] = [];
      while (!reader.ended) {
        const all: Uint8Array[] = [];
        for await (const piece of reader.segment(size)) all.push(piece);
        segments.push(Buffer.concat(all));
      }
      assert.deepEqual(Buffer.concat(segments), Buffer.concat(source));
      assert.ok(segments.slice(0, -1).every((segment) => segment.length === size));
    }),
  );
});
