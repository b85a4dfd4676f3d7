/** Against a real server: what the contract leaves to the driver. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { newId } from '../../../kernel/ids.ts';
import { sharedServer, startServer } from '../../../testing/servers/index.ts';
import { code, collect, inPieces, pattern } from '../contract.suite.ts';
import type { BlobStore } from '../contract.ts';
import { leaveUpload, openConnection, openStore, removeAll, urlOn } from './testing.ts';

const server = await sharedServer('s3');
const mebibyte = 1024 * 1024;

suite('s3 driver', { skip: server === null && 'no S3 server on this machine' }, () => {
  test('uploads in parts, and sweeps nothing of what is under way', async (t) => {
    const { store } = await setUp(t);
    for (const size of [8 * mebibyte - 1, 8 * mebibyte, 8 * mebibyte + 1, 25 * mebibyte + 3]) {
      const key = newId();
      const bytes = pattern(size);
      let swept = 0;
      async function* source(): AsyncGenerator<Uint8Array> {
        for await (const piece of inPieces(bytes, 1_234_567)) yield piece;
        swept += await store.sweep(0);
      }
      assert.equal(await store.put(key, source()), size);
      assert.equal(swept, 0);
      assert.equal(Buffer.compare(await collect(await store.stream(key)), bytes), 0);
      const range = { start: 8 * mebibyte - 10, end: 8 * mebibyte + 9 };
      const expected = bytes.subarray(range.start, range.end + 1);
      assert.equal(Buffer.compare(await store.read(key, range), expected), 0);
      await assert.rejects(store.put(key, inPieces(bytes, 1_234_567)), code('conflict'));
    }
    assert.equal(await store.sweep(0), 0);
  });

  test('lets exactly one of several nodes put a key', async (t) => {
    const { store, url } = await setUp(t);
    const nodes = [store, ...(await Promise.all([1, 2, 3].map(() => openStore(url))))];
    t.after(() => Promise.all(nodes.map((node) => node.close())));
    const key = newId();
    const puts = await Promise.allSettled(nodes.map((node, index) => node.put(key, pattern(100 + index))));
    const won = puts.filter((put) => put.status === 'fulfilled');
    assert.equal(won.length, 1);
    assert.equal((await store.read(key)).byteLength, won[0]?.value);
    for (const put of puts) if (put.status === 'rejected') code('conflict')(put.reason);
  });

  test('neither lists nor removes what is not its own', async (t) => {
    const { store, url } = await setUp(t);
    const { prefix, Bucket, Key } = await foreignObjects(t, url);
    const key = newId();
    await store.put(key, pattern(3));
    const listed: string[] = [];
    for await (const stat of store.list()) listed.push(stat.key);
    assert.deepEqual(listed, [key]);
    const connection = await openConnection(url);
    t.after(() => connection.close());
    const neighbour = await leaveUpload(url.replace(prefix, `${prefix}x`));
    const begin = new connection.sdk.CreateMultipartUploadCommand({ Bucket, Key: Key('report.pdf') });
    await connection.call('writes', (client, options) => client.send(begin, options));
    assert.equal(await store.sweep(0), 0);
    await store.delete([key, neighbour]);
    const list = new connection.sdk.ListObjectsV2Command({ Bucket, Prefix: prefix });
    const left = await connection.call('reads', (client, options) => client.send(list, options));
    assert.equal(left.Contents?.length, foreign.length + 3); // the markers of both, the neighbour's blob
  });

  test('sweeps up what a killed process has left of an upload', async (t) => {
    const { store, url } = await setUp(t);
    const key = newId();
    const child = fork(new URL('./driver.child.ts', import.meta.url), [url, key]);
    t.after(() => child.kill('SIGKILL'));
    const connection = await openConnection(url);
    t.after(() => connection.close());
    const { sdk, bucket: Bucket, layout } = connection;
    const list = new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: layout.prefix });
    for (const end = Date.now() + 30_000; ; await delay(50)) {
      const { Uploads } = await connection.call('reads', (client, options) => client.send(list, options));
      if (Uploads?.length === 1) break;
      assert.ok(Date.now() < end, 'the upload never began');
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await store.sweep(60_000), 0);
    assert.equal(await store.sweep(0), 1);
    assert.equal(await store.sweep(0), 0);
    assert.equal(await store.stat(key), null);
  });

  test('deletes more than a request takes', async (t) => {
    const { store } = await setUp(t);
    const keys = Array.from({ length: 2_100 }, () => newId());
    const [kept = '', first = '', last = ''] = [newId(), keys[0], keys.at(-1)];
    for (const key of [kept, first, last]) await store.put(key, pattern(2));
    await store.delete(keys);
    const listed: string[] = [];
    for await (const stat of store.list()) listed.push(stat.key);
    assert.deepEqual(listed, [kept]);
  });

  test('signs a URL for one blob, one type and one minute', async (t) => {
    const { store } = await setUp(t);
    const key = newId();
    await store.put(key, pattern(1000));
    const disposition = `attachment; filename="a b.txt"; filename*=UTF-8''%C3%BC.txt`;
    const options = { expiresSeconds: 60, contentType: 'text/plain; charset=utf-8', disposition };
    const url = await store.presign?.(key, options);
    assert.ok(url);
    const answer = await fetch(url, { headers: { range: 'bytes=10-19' } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get('content-type'), options.contentType);
    assert.equal(answer.headers.get('content-disposition'), disposition);
    assert.equal(answer.headers.get('cache-control'), 'private, no-store');
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), pattern(1000).subarray(10, 20));
    const other = newId();
    await store.put(other, pattern(10));
    const changes: readonly ((to: URL) => void)[] = [
      (to) => to.searchParams.set('response-content-type', 'text/html'),
      (to) => to.searchParams.delete('response-content-disposition'),
      (to) => to.searchParams.set('X-Amz-Expires', '3600'),
      (to) => (to.pathname = to.pathname.replace(`${key.slice(-2)}/${key}`, `${other.slice(-2)}/${other}`)),
    ];
    for (const change of changes) {
      const changed = new URL(url);
      change(changed);
      assert.notEqual(changed.href, url.href);
      assert.equal((await fetch(changed)).status, 403, changed.href);
    }
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
    for (const expiresSeconds of [0, 61, 1.5])
      await assert.rejects(
        async () => store.presign?.(key, { ...options, expiresSeconds }),
        code('invalid_input'),
      );
  });

  test('says what is wrong at the start, without a secret', async () => {
    const url = urlOn(given());
    const wrong = {
      'refuses the credentials .SignatureDoesNotMatch': url.replace(/:[^:@/]+@/, ':wrong-secret-word@'),
      'refuses the credentials': url.replace(/\/\/[^:]+:/, '//nobody:'),
      'does not exist; create it': url.replace(/@[^/]+\//, '@no-such-bucket/'),
      'cannot be reached': url.replace(/endpoint=[^&]+/, 'endpoint=http://127.0.0.1:9'),
    };
    for (const [text, bad] of Object.entries(wrong))
      await assert.rejects(openStore(bad), (error) => {
        code('unavailable')(error);
        assert.match(String(error), new RegExp(text));
        assert.doesNotMatch(inspect(error, { depth: 20 }), /wrong-secret-word|only-on-loopback|Signature=/);
        return true;
      });
  });

  test('takes credentials from the environment, and says where none are', async (t) => {
    const before = { ...process.env };
    t.after(() => (process.env = before));
    const bare = urlOn(given()).replace(/\/\/[^@]+@/, '//');
    const none = { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' };
    process.env = { ...none, ...given().environment };
    const store = await openStore(bare);
    const key = newId();
    await store.put(key, pattern(10));
    assert.equal((await store.read(key)).byteLength, 10);
    await store.delete([key]);
    await store.close();
    process.env = none;
    await assert.rejects(openStore(bare), /set AWS_ACCESS_KEY_ID/);
  });
});

test('heals when its server is killed and comes back', async (t) => {
  if (server === null) return t.skip('no S3 server on this machine');
  const own = await startServer('s3');
  t.after(() => own.stop());
  const store = await openStore(urlOn(own));
  t.after(() => store.close());
  const key = newId();
  await store.put(key, pattern(100));
  const gate = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield pattern(20 * mebibyte);
    await gate.promise;
    yield pattern(mebibyte);
  }
  const interrupted = newId();
  const put = assert.rejects(store.put(interrupted, source()), code('unavailable'));
  await own.kill();
  await assert.rejects(store.read(key), code('unavailable'));
  await assert.rejects(store.ping(), code('unavailable'));
  gate.resolve();
  await put;
  await own.start();
  assert.deepEqual(new Uint8Array(await store.read(key)), pattern(100));
  assert.equal(await store.stat(interrupted), null);
  await store.put(newId(), pattern(100));
  await store.sweep(0);
  assert.equal(await store.sweep(0), 0);
});

test('answers soon when its server is frozen, and heals', async (t) => {
  if (server === null) return t.skip('no S3 server on this machine');
  const own = await startServer('s3');
  t.after(() => own.stop());
  const store = await openStore(urlOn(own));
  t.after(() => store.close());
  own.freeze();
  const from = performance.now();
  await assert.rejects(store.stat(newId()), code('unavailable'));
  assert.ok(performance.now() - from < 15_000);
  own.thaw();
  await store.ping();
});

function given(): NonNullable<typeof server> {
  assert.ok(server);
  return server;
}

async function setUp(t: TestContext): Promise<{ store: BlobStore; url: string }> {
  const url = urlOn(given());
  const store = await openStore(url);
  t.after(async () => {
    await store.close();
    await removeAll(url);
  });
  return { store, url };
}

const foreign = [
  'report.pdf',
  'ab/report.pdf',
  'ab/abcdefgh',
  'ab/too',
  'ab/x/abcdefab',
  'AB/abcdefAB',
  'abcdefab',
];

/** Objects of others below the store's prefix, and a store's below one that begins alike. */
async function foreignObjects(
  t: TestContext,
  url: string,
): Promise<{ prefix: string; Bucket: string; Key: (name: string) => string }> {
  const connection = await openConnection(url);
  const { sdk, bucket: Bucket, layout } = connection;
  const prefix = layout.prefix.slice(0, -1);
  const Key = (name: string): string => `${layout.prefix}${name}`;
  for (const name of foreign) {
    const put = new sdk.PutObjectCommand({ Bucket, Key: Key(name), Body: 'theirs' });
    await connection.call('writes', (client, options) => client.send(put, options));
  }
  connection.close();
  const neighbourUrl = url.replace(prefix, `${prefix}x`);
  const neighbour = await openStore(neighbourUrl);
  await neighbour.put(newId(), pattern(5));
  t.after(async () => {
    await neighbour.close();
    await removeAll(neighbourUrl);
  });
  return { prefix, Bucket, Key };
}
