/**
 * The two everyday requests, GET of an object and PUT of a small one, sent once without the SDK, which spends 0.7 ms of CPU on each.
 * Only success counts as an answer: whatever else comes, the SDK asks again, with its retries and its errors.
 */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { RequestSigner } from './signature.ts';

/** After a refused signature (of a clock that is wrong, say, which the SDK can correct) all is left to the SDK for a while. */
const restMs = 60_000;

export interface QuickOptions {
  /** The bucket's address. */
  readonly base: URL;
  readonly signer: RequestSigner;
  readonly idleMs: number;
}

export interface QuickRequest {
  readonly object: string;
  readonly agent: http.Agent;
  /** `x-amz-` ones. */
  readonly signed?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** In the SDK's words. */
export interface QuickBody {
  readonly Body: IncomingMessage;
  readonly ContentLength: number | undefined;
  readonly ContentRange: string | undefined;
  readonly ETag: string | undefined;
}

export class QuickRequests {
  readonly #options: QuickOptions;
  readonly #folder: string;
  #restsUntil = 0;

  constructor(options: QuickOptions) {
    this.#options = options;
    this.#folder = options.base.pathname.replace(/\/$/, '');
  }

  /** @returns null: ask the SDK. @throws only what an abort throws */
  async get(request: QuickRequest): Promise<QuickBody | null> {
    const response = await this.#send('GET', request, null);
    if (response === 'refused' || response === 'unknown') return null;
    const { 'content-length': length, 'content-range': ContentRange, etag: ETag } = response.headers;
    const ContentLength = length === undefined ? undefined : Number(length);
    return { Body: response, ContentLength, ContentRange, ETag };
  }

  /** `refused`: it is not done; `unknown`: it may be. @throws only what an abort throws */
  async put(request: QuickRequest, body: Buffer): Promise<'done' | 'refused' | 'unknown'> {
    const response = await this.#send('PUT', request, body);
    if (response === 'refused' || response === 'unknown') return response;
    response.resume();
    await once(response, 'close').catch(() => {});
    return response.complete ? 'done' : 'unknown';
  }

  async #send(
    method: string,
    request: QuickRequest,
    body: Buffer | null,
  ): Promise<IncomingMessage | 'refused' | 'unknown'> {
    if (performance.now() < this.#restsUntil) return 'refused';
    try {
      const response = await this.#ask(method, request, body);
      const { statusCode = 0 } = response;
      if (statusCode === 200 || statusCode === 206) return response;
      if (statusCode === 403) this.#restsUntil = performance.now() + restMs;
      response.resume();
      return statusCode >= 400 && statusCode < 500 ? 'refused' : 'unknown';
    } catch (error) {
      if (request.signal.aborted) throw error;
      return 'unknown';
    }
  }

  async #ask(method: string, request: QuickRequest, body: Buffer | null): Promise<IncomingMessage> {
    const { base, signer, idleMs } = this.#options;
    const { object, agent, signal } = request;
    const path = `${this.#folder}/${object}`;
    const signed = await signer.sign(method, path, { ...request.signed, host: base.host }, body);
    const length = body === null ? {} : { 'content-length': body.byteLength };
    const headers = { ...request.headers, ...length, ...signed };
    const { request: begin } = base.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const asking = begin(base, { method, path, headers, agent, signal }, (response) => {
        // It may break while nobody reads it.
        response.on('error', () => {});
        resolve(response);
      });
      asking.on('error', reject);
      asking.setTimeout(idleMs, () => asking.destroy(new Error(`silent for ${idleMs} ms`)));
      asking.end(body ?? undefined);
    });
  }
}
