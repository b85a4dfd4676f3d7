/** AWS signature version 4, for requests without a query whose path needs no escaping. */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const emptyHash = hash('sha256', '');

export class RequestSigner {
  readonly #region: string;
  readonly #credentials: () => Promise<Credentials>;
  /** Good for a day: its chain of four is half of a signature's cost. */
  #key: { readonly scope: string; readonly secret: string; readonly key: KeyObject } | null = null;

  /** @param credentials asked for every request: the SDK keeps them, and renews those that expire */
  constructor(region: string, credentials: () => Promise<Credentials>) {
    this.#region = region;
    this.#credentials = credentials;
  }

  /** @param headers `host` and `x-amz-` ones, in lower case; all are signed. @returns them and the signature's own */
  async sign(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | null,
  ): Promise<Record<string, string>> {
    const { accessKeyId, secretAccessKey, sessionToken } = await this.#credentials();
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const bodyHash = body === null ? emptyHash : hash('sha256', body);
    const all: Record<string, string> = { ...headers, 'x-amz-content-sha256': bodyHash, 'x-amz-date': time };
    if (sessionToken !== undefined) all['x-amz-security-token'] = sessionToken;
    const names = Object.keys(all).sort();
    const lines = names.map((name) => `${name}:${all[name]}\n`).join('');
    const signed = names.join(';');
    const canonical = `${method}\n${path}\n\n${lines}\n${signed}\n${bodyHash}`;
    const scope = `${time.slice(0, 8)}/${this.#region}/s3/aws4_request`;
    const digest = hash('sha256', canonical);
    const signature = createHmac('sha256', this.#keyOf(scope, secretAccessKey))
      .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`)
      .digest('hex');
    const credential = `Credential=${accessKeyId}/${scope}`;
    all['authorization'] = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=${signature}`;
    return all;
  }

  #keyOf(scope: string, secret: string): KeyObject {
    if (this.#key?.scope === scope && this.#key.secret === secret) return this.#key.key;
    let bytes: Buffer = Buffer.from(`AWS4${secret}`);
    for (const part of scope.split('/')) bytes = createHmac('sha256', bytes).update(part).digest();
    const key = createSecretKey(bytes);
    this.#key = { scope, secret, key };
    return key;
  }
}
