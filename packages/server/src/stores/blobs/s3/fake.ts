/** A small S3 server in memory that misbehaves on demand; checks no signatures. Real servers are in the contract test. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Asked {
  readonly method: string;
  readonly object: string;
  readonly query: URLSearchParams;
  /** What the SDK calls it. */
  readonly operation: string;
}

export type Fault =
  /** Refused, before or after it was carried out. */
  | { readonly kind: 'status'; readonly status: number; readonly code: string; readonly done?: boolean }
  /** Carried out; the connection breaks instead of an answer. */
  | { readonly kind: 'lost' }
  /** The body breaks off there, below its stated length. */
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'rangeless' };

export interface FakeOptions {
  readonly conditional?: boolean;
  /** False: only sizes, for bodies larger than memory. */
  readonly keepBytes?: boolean;
  readonly tls?: ServerOptions | null;
}

interface Kept {
  readonly bytes: Buffer;
  readonly size: number;
  readonly etag: string;
  readonly mark: string | undefined;
}

interface Upload {
  readonly object: string;
  readonly mark: string | undefined;
  readonly parts: Map<number, Kept>;
}

const markHeader = 'x-amz-meta-volvox-put';

export class FakeS3 {
  readonly objects = new Map<string, Kept>();
  readonly uploads = new Map<string, Upload>();
  readonly asked: Asked[] = [];
  readonly sockets = new Set<Socket>();
  /** Decides what goes wrong. */
  fault: (asked: Asked) => Fault | undefined = () => undefined;
  /** The error that every key of a DeleteObjects gets. */
  refused: string | null = null;
  /** Of bodies of puts and parts. */
  received = 0;
  readonly #options: Required<FakeOptions>;
  readonly #server;

  constructor(options: FakeOptions = {}) {
    this.#options = { conditional: true, keepBytes: true, tls: null, ...options };
    const { tls } = this.#options;
    const serve = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#serve(request, response);
    this.#server = tls === null ? createServer(serve) : createSecureServer(tls, serve);
  }

  async listen(): Promise<string> {
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    const scheme = this.#options.tls === null ? 'http' : 'https';
    return `s3://key:secret@bucket/p?endpoint=${scheme}://127.0.0.1:${port}&region=us-east-1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const [, , ...names] = decodeURIComponent(url.pathname).split('/');
    const { searchParams: query } = url;
    const method = request.method ?? '';
    const object = names.join('/');
    const asked = { method, object, query, operation: operationOf(method, object, query) };
    this.asked.push(asked);
    const fault = this.fault(asked);
    request.on('error', () => {});
    if (fault?.kind === 'hang') return;
    const body = await this.#receive(request).catch(() => null);
    if (body === null) return;
    if (fault?.kind === 'late') await delay(fault.ms);
    if (fault?.kind === 'status' && fault.done !== true) return refuse(response, fault.status, fault.code);
    const answer = this.#carryOut(asked, request, body);
    if (fault?.kind === 'lost') return void request.socket.destroy();
    if (fault?.kind === 'status') return refuse(response, fault.status, fault.code);
    send(response, fault?.kind === 'rangeless' ? { ...answer, status: 200, range: null } : answer, fault);
  }

  async #receive(request: IncomingMessage): Promise<Kept> {
    const pieces: Buffer[] = [];
    const hash = createHash('md5');
    let size = 0;
    for await (const piece of request as AsyncIterable<Buffer>) {
      size += piece.byteLength;
      this.received += piece.byteLength;
      hash.update(piece);
      if (this.#options.keepBytes) pieces.push(piece);
    }
    const mark = request.headers[markHeader]?.toString();
    return { bytes: Buffer.concat(pieces), size, etag: `"${hash.digest('hex')}"`, mark };
  }

  #carryOut({ operation, object, query }: Asked, request: IncomingMessage, body: Kept): Answer {
    const found = this.objects.get(object);
    const id = query.get('uploadId') ?? '';
    const upload = this.uploads.get(id);
    const taken = request.headers['if-none-match'] === '*' && this.#options.conditional && found;
    switch (operation) {
      case 'PutObject':
        if (taken) return error(412, 'PreconditionFailed');
        this.objects.set(object, body);
        return { status: 200, etag: body.etag };
      case 'HeadObject':
        return found ? { status: 200, etag: found.etag, kept: found } : { status: 404 };
      case 'GetObject':
        return get(found, request);
      case 'DeleteObject':
        this.objects.delete(object);
        return { status: 204 };
      case 'DeleteObjects':
        return this.#delete([...body.bytes.toString().matchAll(/<Key>([^<]*)/g)].map(([, key = '']) => key));
      case 'CreateMultipartUpload':
        return this.#begin(object, body.mark);
      case 'UploadPart':
        if (!upload) return error(404, 'NoSuchUpload');
        upload.parts.set(Number(query.get('partNumber')), body);
        return { status: 200, etag: body.etag };
      case 'CompleteMultipartUpload':
        if (taken) return error(412, 'PreconditionFailed');
        return upload ? this.#complete(id, upload) : error(404, 'NoSuchUpload');
      case 'AbortMultipartUpload':
        return this.uploads.delete(id) ? { status: 204 } : error(404, 'NoSuchUpload');
      default:
        return { status: 200 };
    }
  }

  #delete(keys: readonly string[]): Answer {
    const { refused } = this;
    if (refused === null) for (const key of keys) this.objects.delete(key);
    const errors = keys.map((key) => `<Error><Key>${key}</Key><Code>${refused}</Code></Error>`);
    return xml(`<DeleteResult>${refused === null ? '' : errors.join('')}</DeleteResult>`);
  }

  #begin(object: string, mark: string | undefined): Answer {
    const id = randomUUID();
    this.uploads.set(id, { object, mark, parts: new Map() });
    return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }

  #complete(id: string, { object, mark, parts }: Upload): Answer {
    const kept = [...parts].toSorted(([left], [right]) => left - right).map(([, part]) => part);
    const size = kept.reduce((sum, part) => sum + part.size, 0);
    const bytes = Buffer.concat(kept.map((part) => part.bytes));
    this.objects.set(object, { bytes, size, etag: `"${id}-${kept.length}"`, mark });
    this.uploads.delete(id);
    return xml('<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>');
  }
}

interface Answer {
  readonly status: number;
  readonly etag?: string;
  readonly text?: string;
  readonly kept?: Kept;
  readonly range?: { readonly start: number; readonly stop: number } | null;
}

function operationOf(method: string, object: string, query: URLSearchParams): string {
  const subject = object === '' ? 'Bucket' : 'Object';
  if (query.has('delete')) return 'DeleteObjects';
  if (query.has('uploads')) return method === 'POST' ? 'CreateMultipartUpload' : 'ListMultipartUploads';
  if (query.has('uploadId')) {
    const names: Record<string, string> = { PUT: 'UploadPart', POST: 'CompleteMultipartUpload' };
    return names[method] ?? 'AbortMultipartUpload';
  }
  return `${method.charAt(0)}${method.slice(1).toLowerCase()}${subject}`;
}

function get(found: Kept | undefined, request: IncomingMessage): Answer {
  if (!found) return error(404, 'NoSuchKey');
  const { range = '', 'if-match': match } = request.headers;
  if (match !== undefined && match !== found.etag) return error(412, 'PreconditionFailed');
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  const answer = { etag: found.etag, kept: found };
  if (start === undefined) return { ...answer, status: 200 };
  const stop = end ? Math.min(Number(end) + 1, found.size) : found.size;
  return { ...answer, status: 206, range: { start: Number(start), stop } };
}

function error(status: number, code: string): Answer {
  return { status, text: `<Error><Code>${code}</Code><Message>so it is</Message></Error>` };
}

function xml(text: string): Answer {
  return { status: 200, text };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  send(response, error(status, code), undefined);
}

function send(response: ServerResponse, answer: Answer, fault: Fault | undefined): void {
  const { status, etag, text, kept, range } = answer;
  const { start = 0, stop = kept?.size ?? 0 } = range ?? {};
  const body = kept ? kept.bytes.subarray(start, stop) : Buffer.from(text ?? '');
  response.writeHead(status, {
    'content-length': body.byteLength,
    ...(etag && { etag }),
    ...(kept?.mark && { [markHeader]: kept.mark }),
    ...(range && { 'content-range': `bytes ${start}-${stop - 1}/${kept?.size ?? 0}` }),
    ...(text && { 'content-type': 'application/xml' }),
  });
  if (fault?.kind !== 'cut' || response.req.method === 'HEAD') return void response.end(body);
  response.write(body.subarray(0, fault.after), () => response.socket?.destroy());
}
