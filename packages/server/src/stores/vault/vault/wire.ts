/** HTTP to the servers of one vault: which of them, bounded waits, their states. Knows neither tokens nor secrets, and shows none. */
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { AppError } from '../../../kernel/errors.ts';
import type { StoreTls } from '../../../kernel/store-tls.ts';

const mostBytes = 16 * 1024 * 1024;

export interface Answer {
  readonly status: number;
  /** JSON, or null. */
  readonly body: unknown;
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Below `/v1/`, encoded. */
  readonly path: string;
  readonly body?: object;
  readonly token?: string;
  /** For all hosts together. */
  readonly limitMs?: number;
}

export interface WireOptions {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly tls: StoreTls | null;
  readonly namespace: string | null;
}

const callMs = 5_000;

export class Wire {
  readonly #options: WireOptions;
  /** Where the last call was answered. */
  #current = 0;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Asks one host after the other until one can answer. May be done twice where an answer was lost. @throws unavailable */
  async call(call: Call): Promise<Answer> {
    const { hosts } = this.#options;
    let failure = new AppError('unavailable', 'no host');
    for (let i = 0; i < hosts.length; i++) {
      const at = (this.#current + i) % hosts.length;
      try {
        const answer = await this.#exchange(at, call);
        this.#current = at;
        return answer;
      } catch (error) {
        failure = asUnavailable(error);
      }
    }
    throw failure;
  }

  /** @throws unavailable, with `details.reason` where it is `sealed` or `uninitialised` */
  async health(limitMs = callMs): Promise<{ readonly version: string | null }> {
    const path = 'sys/health?standbyok=true&perfstandbyok=true';
    const { body } = await this.call({ method: 'GET', path, limitMs });
    return { version: textAt(body, 'version') };
  }

  async #exchange(at: number, call: Call): Promise<Answer> {
    const target = this.#options.hosts[at];
    if (target === undefined) throw new AppError('unavailable', 'no host');
    const response = await this.#send(target, call);
    const { statusCode = 0, headers } = response.message;
    // A standby that may not forward names the active one.
    if ((statusCode === 307 || statusCode === 308) && URL.canParse(headers.location ?? '')) {
      const { hostname, port } = new URL(headers.location ?? '');
      const active = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 8200 };
      return answerOf(await this.#send(active, call));
    }
    return answerOf(response);
  }

  #send(target: { readonly host: string; readonly port: number }, call: Call): Promise<Response> {
    const { tls, namespace } = this.#options;
    const content = call.body === undefined ? null : Buffer.from(JSON.stringify(call.body));
    const headers = {
      'x-vault-request': 'true',
      ...(call.token === undefined ? {} : { 'x-vault-token': call.token }),
      ...(namespace === null ? {} : { 'x-vault-namespace': namespace }),
      ...(content === null ? {} : { 'content-type': 'application/json', 'content-length': content.length }),
    };
    // No connection is kept: calls are rare, and one that broke unnoticed would cost the next call its time.
    const options = { ...target, method: call.method, path: `/v1/${call.path}`, headers, agent: false };
    const signal = AbortSignal.timeout((call.limitMs ?? callMs) / this.#options.hosts.length);
    return new Promise((resolve, reject) => {
      const take = (message: IncomingMessage): void => void read(message).then(resolve, reject);
      const request =
        tls === null
          ? requestHttp({ ...options, signal }, take)
          : requestHttps({ ...options, ...tls, signal }, take);
      request.on('error', reject);
      request.end(content);
    });
  }
}

interface Response {
  readonly message: IncomingMessage;
  readonly body: unknown;
}

async function read(message: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new AppError('unavailable', 'the vault answers with too much');
    chunks.push(chunk);
  }
  return { message, body: parse(Buffer.concat(chunks).toString()) };
}

/** Without the parser's error, which shows a piece of the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function answerOf({ message, body }: Response): Answer {
  const status = message.statusCode ?? 0;
  if (status < 500 && status !== 472) return { status, body };
  throw new AppError('unavailable', ...stateOf(status, body));
}

function stateOf(status: number, body: unknown): [string, ConstructorParameters<typeof AppError>[2]] {
  const text = errorsOf(body);
  const sealed = /sealed/i.test(text) || (status === 503 && at(body, 'sealed') === true);
  if (status === 501 || /not (yet )?initialized/i.test(text))
    return ['the vault is not initialised', { retryable: true, details: { reason: 'uninitialised' } }];
  if (sealed) return ['the vault is sealed', { retryable: true, details: { reason: 'sealed' } }];
  if (status === 472) return ['the vault is a disaster recovery secondary', {}];
  return [`the vault answers with status ${status}${text && `: ${text}`}`, { retryable: true }];
}

function asUnavailable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const late = error instanceof Error && /^(AbortError|TimeoutError)$/.test(error.name);
  const said = error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : 'no connection';
  const text = late ? 'the vault does not answer in time' : `the vault cannot be reached: ${said}`;
  return new AppError('unavailable', text, { retryable: true, cause: error });
}

/** For a URL, slashes as they are. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** What the vault gives as reasons, shortened. */
export function errorsOf(body: unknown): string {
  const errors = at(body, 'errors');
  if (!Array.isArray(errors)) return '';
  return errors.join('; ').replace(/\s+/g, ' ').slice(0, 200);
}

/** The value along the path; undefined where there is none. */
export function at(body: unknown, ...path: readonly string[]): unknown {
  let value = body;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}

export function textAt(body: unknown, ...path: readonly string[]): string | null {
  const value = at(body, ...path);
  return typeof value === 'string' ? value : null;
}

export function numberAt(body: unknown, ...path: readonly string[]): number {
  const value = at(body, ...path);
  return typeof value === 'number' ? value : 0;
}
