import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { systemContext } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { ContentsService } from '../../../services/contents/api.ts';
import type { TreeService } from '../../../services/tree/api.ts';
import { fakeServices } from '../testing.ts';
import type { RequestScope } from '../request-scope.ts';
import { bulkFiles, maximumFile } from './bulk-files.ts';
import { bulkUpload } from './bulk-upload.ts';

interface File {
  readonly path: string;
  readonly bytes: Buffer;
}

function frame(header: object | string, bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, bytes]);
}

const framed = (files: readonly File[]): Buffer =>
  Buffer.concat(files.map(({ path, bytes }) => frame({ path, size: bytes.length }, bytes)));

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test('reads the same files however the body is cut', async () => {
  const file = fc
    .tuple(fc.string({ minLength: 1 }), fc.uint8Array({ maxLength: 300 }))
    .map(([path, bytes]) => ({ path, bytes: Buffer.from(bytes) }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
      async (files, sizes) => {
        const got: File[] = [];
        for await (const { header, bytes } of bulkFiles(cut(framed(files), sizes)))
          got.push({ path: header.path, bytes: bytes! });
        assert.deepEqual(got, files);
      },
    ),
  );
});

test('what ends early, has no sense or is too large ends the reading', async () => {
  const good = frame({ path: 'a', size: 3 }, Buffer.from('abc'));
  const count = async (body: Buffer): Promise<number> => {
    let n = 0;
    for await (const _ of bulkFiles(cut(body, [5]))) n++;
    return n;
  };
  const code = (want: string) => (error: unknown) => error instanceof AppError && error.code === want;
  for (let length = 1; length < good.length; length++)
    await assert.rejects(count(good.subarray(0, length)), code('incomplete_body'), `${length}`);
  await assert.rejects(count(frame('{')), code('invalid_input'));
  await assert.rejects(count(frame({ path: 'a', size: -1 })), code('invalid_input'));
  await assert.rejects(count(frame({ path: 'a', size: 0, owner: 'x' })), code('invalid_input'));
  await assert.rejects(count(Buffer.from([0, 2, 0, 0])), code('too_large'));
});

interface Seen {
  readonly put: string[];
  readonly folders: string[];
  most: number;
}

function services(seen: Seen): ReturnType<typeof fakeServices> {
  let running = 0;
  const tree: Partial<TreeService> = {
    locate: async () => ({ node: { id: 'top', kind: 'folder' } }) as never,
    ensureFolders: async (_context, _parent, names) => {
      seen.folders.push(names.join('/'));
      return { id: `folder ${names.join('/')}` } as never;
    },
    putFile: async (_context, target, content) => {
      seen.most = Math.max(seen.most, ++running);
      await new Promise((resolve) => setTimeout(resolve, content.size % 5));
      running--;
      const { parentId, name } = target as { parentId: string; name: string };
      if (name === 'taken') throw new AppError('conflict', 'the name is taken');
      seen.put.push(`${parentId}/${name}`);
      return { node: { id: name, etag: '"e"' }, created: true } as never;
    },
  };
  const contents: Partial<ContentsService> = {
    write: async (_context, source) => ({ chunks: [], size: (source as Uint8Array).length, sha256: null }),
  };
  return fakeServices({ tree, contents });
}

async function upload(
  body: Buffer,
): Promise<{ seen: Seen; results: Awaited<ReturnType<typeof bulkUpload>>['results'] }> {
  const seen: Seen = { put: [], folders: [], most: 0 };
  const scope = {
    body: { stream: () => cut(body, [1000]) },
    raw: Object.assign(Readable.from([]), { complete: true }),
  } as unknown as RequestScope;
  const { results } = await bulkUpload(services(seen), systemContext(), scope, 'top', 'fail');
  return { seen, results };
}

test('answers in the order of the files though puts run at once, and makes each folder once', async () => {
  const files = Array.from({ length: 200 }, (_, n) => ({
    path: `d${n % 3}/s/f${n}`,
    bytes: Buffer.alloc(n),
  }));
  const { seen, results } = await upload(framed(files));
  assert.deepEqual(
    results.map((result) => result.path),
    files.map((file) => file.path),
  );
  assert.ok(results.every((result) => result.ok && result.etag === '"e"'));
  assert.deepEqual(seen.folders.sort(), ['d0/s', 'd1/s', 'd2/s']);
  assert.equal(seen.put.length, 200);
  assert.ok(seen.most > 1 && seen.most <= 32, `${seen.most} at once`);
});

test('goes on after a file that can not be kept', async () => {
  const body = Buffer.concat([
    frame({ path: 'taken', size: 1 }, Buffer.from('x')),
    frame({ path: '/abs', size: 1 }, Buffer.from('x')),
    frame({ path: 'dir/', size: 1 }, Buffer.from('x')),
    frame({ path: 'large', size: maximumFile + 1 }, Buffer.alloc(maximumFile + 1)),
    frame({ path: 'good', size: 1 }, Buffer.from('x')),
  ]);
  const { results } = await upload(body);
  assert.deepEqual(
    results.map(({ ok, code }) => (ok ? 'ok' : code)),
    ['conflict', 'invalid_input', 'invalid_input', 'too_large', 'ok'],
  );
});

test('a body that breaks off tells what was kept before', async () => {
  const body = framed([
    { path: 'a', bytes: Buffer.from('aa') },
    { path: 'b', bytes: Buffer.from('bb') },
  ]);
  const { results } = await upload(body.subarray(0, -1));
  assert.deepEqual(
    results.map(({ path, ok, code }) => [path, ok, code]),
    [
      ['a', true, undefined],
      ['', false, 'incomplete_body'],
    ],
  );
});
