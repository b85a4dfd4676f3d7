/** What goes over many objects: listing, deleting, and sweeping up uploads that nobody will finish. Touches only our own names. */
import { AppError } from '../../../kernel/errors.ts';
import type { BlobStat } from '../contract.ts';
import type { Connection } from './connection.ts';
import { codeOf } from './errors.ts';

const deletedAtOnce = 1000;

export async function* listBlobs(connection: Connection): AsyncGenerator<BlobStat> {
  const { sdk, bucket: Bucket, layout } = connection;
  let after: string | undefined;
  do {
    const command = new sdk.ListObjectsV2Command({
      Bucket,
      Prefix: layout.prefix,
      ...(after !== undefined && { ContinuationToken: after }),
    });
    const page = await connection.call('chores', (client, options) => client.send(command, options), {
      withinMs: 60_000,
    });
    for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
      const key = layout.keyOf(Key);
      if (key !== null) yield { key, size: Size, modifiedAt: LastModified?.getTime() ?? 0 };
    }
    after = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (after !== undefined);
}

/** @throws unavailable naming the keys that the server would not delete; the others are gone */
export async function deleteBlobs(connection: Connection, keys: readonly string[]): Promise<void> {
  const failed: { readonly key: string | null; readonly code: string }[] = [];
  for (let at = 0; at < keys.length; at += deletedAtOnce)
    failed.push(...(await deleteBatch(connection, keys.slice(at, at + deletedAtOnce))));
  const [first] = failed;
  if (first === undefined) return;
  throw new AppError('unavailable', `the S3 server did not delete ${failed.length} blobs (${first.code})`, {
    retryable: true,
    details: { failed: failed.slice(0, 20) },
  });
}

async function deleteBatch(
  connection: Connection,
  keys: readonly string[],
): Promise<{ readonly key: string | null; readonly code: string }[]> {
  const { sdk, bucket: Bucket, layout } = connection;
  const Objects = keys.map((key) => ({ Key: layout.objectOf(key) }));
  const command = new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
  const { Errors = [] } = await connection.call(
    'chores',
    (client, options) => client.send(command, options),
    { withinMs: 60_000 },
  );
  return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key = '', Code = 'UNKNOWN' }) => ({
    key: layout.keyOf(Key),
    code: Code,
  }));
}

/** Ends uploads begun before `before`, except `spared`. @returns how many */
export async function sweepUploads(
  connection: Connection,
  before: number,
  spared: ReadonlySet<string>,
): Promise<number> {
  let count = 0;
  for await (const { object, id, begunAt } of listUploads(connection)) {
    if (begunAt > before || spared.has(id) || connection.layout.keyOf(object) === null) continue;
    if (await endUpload(connection, object, id)) count++;
  }
  return count;
}

interface FoundUpload {
  readonly object: string;
  readonly id: string;
  readonly begunAt: number;
}

async function* listUploads(connection: Connection): AsyncGenerator<FoundUpload> {
  const { sdk, bucket: Bucket, layout } = connection;
  let after: { readonly KeyMarker: string; readonly UploadIdMarker: string } | null = null;
  do {
    const command: InstanceType<typeof sdk.ListMultipartUploadsCommand> = new sdk.ListMultipartUploadsCommand(
      {
        Bucket,
        Prefix: layout.prefix,
        ...after,
      },
    );
    const page = await connection.call('chores', (client, options) => client.send(command, options), {
      withinMs: 60_000,
    });
    for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? [])
      yield { object: Key, id: UploadId, begunAt: Initiated?.getTime() ?? Infinity };
    after =
      page.IsTruncated === true && page.NextKeyMarker !== undefined
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? '' }
        : null;
  } while (after !== null);
}

/** @returns whether it was still there */
async function endUpload(connection: Connection, object: string, id: string): Promise<boolean> {
  const { sdk, bucket: Bucket } = connection;
  const command = new sdk.AbortMultipartUploadCommand({ Bucket, Key: object, UploadId: id });
  try {
    await connection.call('chores', (client, options) => client.send(command, options));
    return true;
  } catch (error) {
    if (codeOf(error) === 'NoSuchUpload') return false;
    throw error;
  }
}
