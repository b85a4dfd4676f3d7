/**
 * Whether the object under a key is the one that this put has written. A repeated request may find the object of its own first
 * attempt there, and an answer may be lost; so each put gives its object a mark that nobody else has.
 */
import { randomUUID } from 'node:crypto';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { Connection } from './connection.ts';

const metadataName = 'volvox-put';
const process = randomUUID();
let puts = 0;

export interface Mark {
  readonly key: string;
  readonly id: string;
}

export function newMark(key: string): Mark {
  return { key, id: `${process}-${++puts}` };
}

export function metadataOf(mark: Mark): Record<string, string> {
  return { [metadataName]: mark.id };
}

/** The same where no SDK makes headers of it. */
export function headersOf(mark: Mark): Record<string, string> {
  return { [`x-amz-meta-${metadataName}`]: mark.id };
}

/** @param size in bytes; decides alone where the server keeps no metadata */
export async function whoseIs(
  connection: Connection,
  { key, id }: Mark,
  size: number,
): Promise<'ours' | 'theirs' | 'nobody'> {
  const found = await head(connection, key);
  if (found === null) return 'nobody';
  const mark = found.Metadata?.[metadataName];
  return (mark === undefined ? found.ContentLength === size : mark === id) ? 'ours' : 'theirs';
}

/** After a put that was given up: its request may still be under way in the server, hence the second look. */
export async function removeOurs(connection: Connection, mark: Mark, size: number): Promise<void> {
  const { sdk, bucket: Bucket, layout } = connection;
  const command = new sdk.DeleteObjectCommand({ Bucket, Key: layout.objectOf(mark.key) });
  for (let turn = 0; turn < 3; turn++) {
    if ((await whoseIs(connection, mark, size)) !== 'ours') return;
    await connection.call('writes', (client, options) => client.send(command, options));
  }
  throw new AppError('unavailable', 'the S3 server keeps an object that was deleted', { retryable: true });
}

export async function head(connection: Connection, key: string) {
  const { sdk, bucket: Bucket, layout } = connection;
  const command = new sdk.HeadObjectCommand({ Bucket, Key: layout.objectOf(key) });
  try {
    return await connection.call('reads', (client, options) => client.send(command, options), { key });
  } catch (error) {
    if (isAppError(error, 'not_found')) return null;
    throw error;
  }
}
