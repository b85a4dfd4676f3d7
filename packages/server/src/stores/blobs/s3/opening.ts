/** Finds out, before the first request, whether the bucket can be written and what it offers; one round trip on a known bucket. */
import { isAppError } from '../../../kernel/errors.ts';
import type { Connection } from './connection.ts';
import { codeOf } from './errors.ts';

const text = 'Volvox keeps file contents below this prefix.\n';

/**
 * Writes a marker that must not exist yet: a server that knows `If-None-Match` refuses from the second time on.
 * @returns whether it does @throws unavailable, saying why
 */
export async function probe(connection: Connection): Promise<boolean> {
  try {
    await writeMarker(connection, true);
    await writeMarker(connection, true);
    return false;
  } catch (error) {
    if (isAppError(error, 'conflict') || codeOf(error) === 'ConditionalRequestConflict') return true;
    if (codeOf(error) !== 'NotImplemented') throw error;
    await writeMarker(connection, false);
    return false;
  }
}

async function writeMarker(connection: Connection, onlyIfAbsent: boolean): Promise<void> {
  const { sdk, bucket: Bucket, layout } = connection;
  const command = new sdk.PutObjectCommand({
    Bucket,
    Key: layout.marker,
    Body: text,
    ContentType: 'text/plain',
    ...(onlyIfAbsent && { IfNoneMatch: '*' }),
  });
  await connection.call('writes', (client, options) => client.send(command, options));
}
