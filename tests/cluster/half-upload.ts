/** A resumable upload of which half has come when its owner's account ends. */
import assert from 'node:assert/strict';
import type { Target } from '../harness/server-process.ts';
import { tusHeaders, uploadMetadata } from '../harness/wire.ts';
import type { Key } from './accounts.ts';

const half = 'y'.repeat(5_000);

export class HalfUpload {
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  #rest: ReadableStreamDefaultController<Uint8Array> | null = null;
  #answer: Promise<number> | null = null;

  private constructor(path: string, headers: Readonly<Record<string, string>>) {
    this.#path = path;
    this.#headers = headers;
  }

  /** Half of a file for the personal workspace. */
  static async begin({ url }: Target, { headers }: Key, filename: string): Promise<HalfUpload> {
    const made = await fetch(`${url}/api/v1/uploads`, {
      method: 'POST',
      headers: {
        ...headers,
        ...tusHeaders,
        'upload-length': String(2 * half.length),
        'upload-metadata': uploadMetadata({ filename, path: '/personal' }),
      },
    });
    assert.equal(made.status, 201, await made.text());
    const upload = new HalfUpload(new URL(made.headers.get('location') ?? '', url).pathname, headers);
    assert.equal(await upload.#send(url, 0, half), 204);
    return upload;
  }

  /** The other half. @returns the status */
  goOn({ url }: Target): Promise<number> {
    return this.#send(url, half.length, half);
  }

  /** Sends all of the other half but its end, and keeps the request open. */
  async hold({ url }: Target): Promise<void> {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#rest = controller;
        controller.enqueue(Buffer.from(half.slice(1)));
      },
    });
    this.#answer = this.#send(url, half.length, body).catch(() => 0);
    // By then the node has begun with it, as a rule; where it has not, it must refuse it all the more.
    const headers = { ...this.#headers, ...tusHeaders };
    const seen = await fetch(url + this.#path, { method: 'HEAD', headers });
    assert.equal(seen.status, 200);
  }

  /** The end of what was held. @returns the status, 0 where the connection was cut */
  async release(): Promise<number> {
    try {
      this.#rest?.enqueue(Buffer.from('y'));
      this.#rest?.close();
    } catch {
      // The node has cut it already.
    }
    return (await this.#answer) ?? 0;
  }

  async #send(url: string, offset: number, body: string | ReadableStream<Uint8Array>): Promise<number> {
    const answer = await fetch(url + this.#path, {
      method: 'PATCH',
      headers: {
        ...this.#headers,
        ...tusHeaders,
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      },
      body,
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    });
    await answer.arrayBuffer();
    return answer.status;
  }
}
