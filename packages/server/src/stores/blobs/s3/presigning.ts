/** Signs URLs under which a browser fetches a blob from the S3 server itself. Signing needs no round trip. */
import type { S3Client } from '@aws-sdk/client-s3';
import { AppError } from '../../../kernel/errors.ts';
import type { PresignOptions } from '../contract.ts';
import { type Connection, publicClient } from './connection.ts';
import { translate } from './errors.ts';
import type { Location } from './location.ts';

const longestSeconds = 60;

export class Presigner {
  readonly #connection: Connection;
  readonly #location: Location;
  #client: Promise<S3Client> | null = null;

  constructor(connection: Connection, location: Location) {
    this.#connection = connection;
    this.#location = location;
  }

  async sign(key: string, options: PresignOptions): Promise<URL> {
    const { expiresSeconds, contentType, disposition } = options;
    if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > longestSeconds)
      throw new AppError('invalid_input', `a direct download lives 1 to ${longestSeconds} seconds`);
    const { sdk, bucket, layout } = this.#connection;
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    const client = await (this.#client ??= publicClient(this.#location, sdk));
    const command = new sdk.GetObjectCommand({
      Bucket: bucket,
      Key: layout.objectOf(key),
      ResponseContentType: contentType,
      ResponseContentDisposition: disposition,
      // As with what we send ourselves: nothing between may keep it longer than the URL lives.
      ResponseCacheControl: 'private, no-store',
    });
    try {
      return new URL(await getSignedUrl(client, command, { expiresIn: expiresSeconds }));
    } catch (error) {
      throw translate(error, bucket, key);
    }
  }

  async close(): Promise<void> {
    (await this.#client)?.destroy();
  }
}
