/** Stores on a test server, each below a prefix of its own, or on one that misbehaves. */
import type { TestContext } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { newId } from '../../../kernel/ids.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { TestServer } from '../../../testing/servers/index.ts';
import type { BlobStore } from '../contract.ts';
import { connect, type Connection } from './connection.ts';
import { s3Blobs } from './driver.ts';
import { type Fault, FakeS3, type FakeOptions } from './fake.ts';
import { locationOf } from './location.ts';

/** The server's URL with its credentials in it, so that the environment of the test process stays as it is. */
export function urlOn(server: TestServer, prefix = `t-${newId()}`): string {
  const { AWS_ACCESS_KEY_ID: user = '', AWS_SECRET_ACCESS_KEY: secret = '' } = server.environment;
  return server.url.replace(
    /^s3:\/\/([^/?]+)(\/[^?]*)?/,
    (_all, bucket: string) =>
      `s3://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@${bucket}/${prefix}`,
  );
}

export function openStore(url: string): Promise<BlobStore> {
  return s3Blobs.open(parseStoreUrl(url), { log: silentLogger, clock: systemClock, durability: 'full' });
}

/** For what the store itself would never do. */
export function openConnection(url: string): Promise<Connection> {
  return connect(locationOf(parseStoreUrl(url)), silentLogger);
}

/** Removes all objects and uploads below the prefix. */
export async function removeAll(url: string): Promise<void> {
  const connection = await openConnection(url);
  const { sdk, bucket: Bucket, layout } = connection;
  for (;;) {
    const list = new sdk.ListObjectsV2Command({ Bucket, Prefix: layout.prefix });
    const { Contents = [] } = await connection.call('chores', (client, options) =>
      client.send(list, options),
    );
    if (Contents.length === 0) break;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    const remove = new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
    await connection.call('chores', (client, options) => client.send(remove, options));
  }
  connection.close();
}

/** What a killed process leaves of an upload: one part, never completed. */
export async function leaveUpload(url: string, key = newId()): Promise<string> {
  const connection = await openConnection(url);
  const { sdk, bucket: Bucket, layout } = connection;
  const object = { Bucket, Key: layout.objectOf(key) };
  const begin = new sdk.CreateMultipartUploadCommand(object);
  const { UploadId } = await connection.call('writes', (client, options) => client.send(begin, options));
  const part = new sdk.UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: Buffer.alloc(1000) });
  await connection.call('writes', (client, options) => client.send(part, options));
  connection.close();
  return key;
}

/** A store on a server that misbehaves as told. */
export async function openFake(
  t: TestContext,
  options?: FakeOptions,
): Promise<{ fake: FakeS3; store: BlobStore }> {
  const fake = new FakeS3(options);
  const store = await openStore(await fake.listen());
  t.after(async () => {
    await store.close();
    await fake.close();
  });
  return { fake, store };
}

/** The first `times` requests of an operation. */
export function first(times: number, operation: string, fault: Fault): FakeS3['fault'] {
  let left = times;
  return (asked) => (asked.operation === operation && left-- > 0 ? fault : undefined);
}

export { until } from '../../../testing/expectations.ts';
