/** What only a server that misbehaves shows of puts, deletes and connections. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeCertificates } from '../../../testing/certificates.ts';
import { newId } from '../../../kernel/ids.ts';
import { code, collect, inPieces, pattern } from '../contract.suite.ts';
import { type Fault, FakeS3 } from './fake.ts';
import { first, openFake, openStore } from './testing.ts';

const mebibyte = 1024 * 1024;
const unavailable: Fault = { kind: 'status', status: 503, code: 'ServiceUnavailable' };

test('carries on where one answer in twenty is 503', async (t) => {
  const { fake, store } = await openFake(t);
  let asked = 0;
  fake.fault = () => (++asked % 20 === 7 ? unavailable : undefined);
  const keys = Array.from({ length: 100 }, () => newId());
  await Promise.all(keys.map((key, index) => store.put(key, pattern(index))));
  const read = await Promise.all(keys.map((key) => store.read(key)));
  for (const [index, bytes] of read.entries()) same(bytes, pattern(index));
  await store.delete(keys);
  assert.ok(asked > 200 * (20 / 21));
});

test('says unavailable, to be tried again, where every answer is 503', async (t) => {
  const { fake, store } = await openFake(t);
  fake.fault = () => unavailable;
  for (const call of [
    () => store.read(newId()),
    () => store.put(newId(), pattern(9)),
    () => store.stat(newId()),
  ])
    await assert.rejects(
      call(),
      (error) => code('unavailable')(error) && (error as { retryable?: boolean }).retryable === true,
    );
});

test('a put whose answer was lost is there, and no conflict with itself', async (t) => {
  for (const fault of [{ kind: 'lost' }, { ...unavailable, done: true }] as const) {
    const { fake, store } = await openFake(t);
    const key = newId();
    fake.fault = first(1, 'PutObject', fault);
    assert.equal(await store.put(key, pattern(50)), 50);
    same(await store.read(key), pattern(50));
    await assert.rejects(store.put(key, pattern(50)), code('conflict'));
    // Not even the last attempt was answered.
    fake.fault = first(3, 'PutObject', fault);
    assert.equal(await store.put(newId(), pattern(50)), 50);
  }
});

test('a repeated put does not take the object of somebody else for its own', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(50));
  fake.fault = first(1, 'PutObject', unavailable);
  await assert.rejects(store.put(key, pattern(50)), code('conflict'));
});

test('an upload in parts whose last answer was lost is there', async (t) => {
  for (const fault of [
    { kind: 'lost' },
    { kind: 'status', status: 500, code: 'InternalError', done: true },
  ] as const) {
    const { fake, store } = await openFake(t);
    const key = newId();
    const bytes = pattern(17 * mebibyte);
    fake.fault = first(1, 'CompleteMultipartUpload', fault);
    assert.equal(await store.put(key, inPieces(bytes, 100_000)), bytes.byteLength);
    same(await store.read(key), bytes);
    assert.equal(fake.uploads.size, 0);
  }
});

test('leaves nothing where an upload in parts cannot be completed', async (t) => {
  for (const fault of [
    unavailable,
    { kind: 'status', status: 409, code: 'ConditionalRequestConflict' },
    { kind: 'status', status: 404, code: 'NoSuchUpload' },
  ] as const) {
    const { fake, store } = await openFake(t);
    const key = newId();
    fake.fault = first(Infinity, 'CompleteMultipartUpload', fault);
    await assert.rejects(store.put(key, inPieces(pattern(9 * mebibyte), 100_000)), code('unavailable'));
    assert.equal(fake.uploads.size, 0);
    assert.equal(await store.stat(key), null);
  }
});

test('sends parts again, and gives up with nothing left where they are refused, though the source is silent', async (t) => {
  const { fake, store } = await openFake(t);
  const bytes = pattern(20 * mebibyte);
  fake.fault = first(2, 'UploadPart', unavailable);
  const key = newId();
  assert.equal(await store.put(key, inPieces(bytes, 1_000_000)), bytes.byteLength);
  same(await store.read(key), bytes);

  fake.fault = first(Infinity, 'UploadPart', { kind: 'status', status: 507, code: 'InsufficientStorage' });
  async function* source(): AsyncGenerator<Uint8Array> {
    yield bytes;
    await new Promise(() => {});
  }
  await assert.rejects(store.put(newId(), source()), code('storage_full'));
  assert.equal(fake.uploads.size, 0);
});

test('an abort while a small put is under way leaves nothing', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  const controller = new AbortController();
  fake.fault = ({ operation }) => {
    if (operation !== 'PutObject') return undefined;
    controller.abort();
    return { kind: 'late', ms: 100 };
  };
  await assert.rejects(store.put(key, pattern(5000), { signal: controller.signal }), code('aborted'));
  assert.ok(fake.asked.some(({ operation }) => operation === 'DeleteObject'));
  assert.ok(!fake.objects.has(objectOf(key)));
});

test('an abort ends a put that the server never answers', async (t) => {
  const { fake, store } = await openFake(t);
  const controller = new AbortController();
  fake.fault = ({ operation }) => {
    if (operation !== 'PutObject') return undefined;
    controller.abort();
    return { kind: 'hang' };
  };
  await assert.rejects(store.put(newId(), pattern(5000), { signal: controller.signal }), code('aborted'));
});

test('an abort of an upload in parts leaves neither object nor upload', async (t) => {
  for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']) {
    for (const fault of operation === 'UploadPart' ? [undefined, { kind: 'hang' } as const] : [undefined]) {
      const { fake, store } = await openFake(t);
      const key = newId();
      const controller = new AbortController();
      fake.fault = (asked) => {
        if (asked.operation !== operation) return undefined;
        // Where the server hangs, when the source waits for it.
        if (fault === undefined) controller.abort();
        else setTimeout(() => controller.abort(), 50);
        return fault;
      };
      const from = performance.now();
      const put = store.put(key, inPieces(pattern(40 * mebibyte), 500_000), { signal: controller.signal });
      await assert.rejects(put, code('aborted'), operation);
      assert.ok(!fake.objects.has(objectOf(key)), operation);
      assert.equal(fake.uploads.size, 0, operation);
      assert.ok(performance.now() - from < 8_000);
    }
  }
});

test('refuses an existing key on a server without conditional writes, too', async (t) => {
  const { store } = await openFake(t, { conditional: false });
  const key = newId();
  await store.put(key, pattern(10));
  await assert.rejects(store.put(key, pattern(20)), code('conflict'));
  await assert.rejects(store.put(key, inPieces(pattern(9 * mebibyte), 65_536)), code('conflict'));
  same(await store.read(key), pattern(10));
});

test('refuses an existing key before it sends gigabytes', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(10));
  await assert.rejects(store.put(key, inPieces(pattern(20 * mebibyte), 65_536)), code('conflict'));
  assert.ok(fake.received < mebibyte);
});

test('names the keys that the server would not delete', async (t) => {
  const { fake, store } = await openFake(t);
  fake.refused = 'AccessDenied';
  const key = newId();
  await store.put(key, pattern(1));
  await assert.rejects(store.delete([key]), (error) => {
    code('unavailable')(error);
    assert.deepEqual((error as { details?: unknown }).details, { failed: [{ key, code: 'AccessDenied' }] });
    return true;
  });
});

test('pings a server that hangs for two seconds only', async (t) => {
  const { fake, store } = await openFake(t);
  fake.fault = () => ({ kind: 'hang' });
  const from = performance.now();
  await assert.rejects(store.ping(), code('unavailable'));
  assert.ok(performance.now() - from < 5_000);
});

test('a ping waits for no upload that is being completed', async (t) => {
  const { fake, store } = await openFake(t, { keepBytes: false });
  let completing = 0;
  const all = Promise.withResolvers<void>();
  fake.fault = ({ operation }) => {
    if (operation !== 'CompleteMultipartUpload') return undefined;
    if (++completing === 16) all.resolve();
    return { kind: 'late', ms: 4_000 };
  };
  const piece = pattern(mebibyte);
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < 9; at++) yield piece;
  }
  const puts = Array.from({ length: 16 }, () => store.put(newId(), source()));
  await all.promise;
  await store.ping();
  assert.equal(completing, 16, 'none has its answer yet');
  await Promise.all(puts);
});

test('holds a few parts of a stream, however slow the server takes them', async (t) => {
  const { fake, store } = await openFake(t, { keepBytes: false });
  fake.fault = ({ operation }) => (operation === 'UploadPart' ? { kind: 'late', ms: 40 } : undefined);
  const total = 512 * mebibyte;
  const piece = pattern(mebibyte);
  let given = 0;
  let held = 0;
  let memory = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (; given < total; given += piece.byteLength) {
      held = Math.max(held, given - fake.received);
      memory = Math.max(memory, process.memoryUsage().rss);
      yield piece;
    }
  }
  const before = process.memoryUsage().rss;
  assert.equal(await store.put(newId(), source()), total);
  t.diagnostic(`held ${held / mebibyte} MiB, grew by ${Math.round((memory - before) / mebibyte)} MiB`);
  assert.ok(held <= 4 * 8 * mebibyte, `${held} bytes were held`);
  assert.ok(memory - before < 200 * mebibyte, `grew by ${memory - before} bytes`);
});

test('goes on where the server refuses what was signed here, as with a clock that is wrong', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(10));
  fake.fault = first(1, 'GetObject', { kind: 'status', status: 403, code: 'RequestTimeTooSkewed' });
  same(await store.read(key), pattern(10));
  await store.put(newId(), pattern(10));
  same(await collect(await store.stream(key)), pattern(10));
});

test('speaks TLS, with a client certificate, to a server of the right authority only', async (t) => {
  const certificates = makeCertificates();
  if (certificates === null) return t.skip('no openssl');
  t.after(() => certificates.remove());
  const { ca, serverCert, serverKey, clientCert, clientKey, otherCa } = certificates;
  const [cert, key, authority] = [serverCert, serverKey, ca].map((file) => readFileSync(file));
  const fake = new FakeS3({ tls: { cert, key, ca: authority, requestCert: true, rejectUnauthorized: true } });
  const url = await fake.listen();
  t.after(() => fake.close());
  const store = await openStore(`${url}&tlsCA=${ca}&tlsCert=${clientCert}&tlsKey=${clientKey}`);
  t.after(() => store.close());
  const blob = newId();
  await store.put(blob, pattern(1000));
  await store.put(newId(), inPieces(pattern(9 * mebibyte), 100_000));
  same(await store.read(blob), pattern(1000));
  await assert.rejects(openStore(`${url}&tlsCA=${ca}`), code('unavailable'));
  const foreign = openStore(`${url}&tlsCA=${otherCa}&tlsCert=${clientCert}&tlsKey=${clientKey}`);
  await assert.rejects(foreign, code('unavailable'));
});

function same(left: Uint8Array, right: Uint8Array): void {
  assert.equal(Buffer.compare(left, right), 0);
}

function objectOf(key: string): string {
  return `p/${key.slice(-2)}/${key}`;
}
