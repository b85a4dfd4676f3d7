/** As much of a tus 1.0 client as the tests need, so that they see each answer. */
import type { Auth } from '@volvox/client';
import type { Server } from './harness.ts';

export class TusClient {
  readonly #server: Server;
  readonly #as: Auth | undefined;

  constructor(server: Server, as?: Auth) {
    this.#server = server;
    this.#as = as;
  }

  send(
    method: string,
    target: string,
    headers: Record<string, string> = {},
    body?: BodyInit,
  ): Promise<Response> {
    return this.#server.fetch(method, target, {
      ...(this.#as === undefined ? {} : { as: this.#as }),
      headers: { 'tus-resumable': '1.0.0', ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  create(metadata: Readonly<Record<string, string>>, headers: Record<string, string>): Promise<Response> {
    const pairs = Object.entries(metadata).map(
      ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
    );
    return this.send('POST', '/api/v1/uploads', { 'upload-metadata': pairs.join(','), ...headers });
  }

  append(
    location: string,
    offset: number,
    body: BodyInit,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.send(
      'PATCH',
      location,
      { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset), ...headers },
      body,
    );
  }

  async offset(location: string): Promise<number> {
    const answer = await this.send('HEAD', location);
    return answer.status === 200 ? Number(answer.headers.get('upload-offset')) : -answer.status;
  }
}

/** Where the upload is, as a path of the server. */
export function locationOf(answer: Response): string {
  return new URL(answer.headers.get('location') ?? '', answer.url).pathname;
}
