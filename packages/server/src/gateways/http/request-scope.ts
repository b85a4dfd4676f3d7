import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { ClientInfo } from '../../services/identity/api.ts';
import type { GatewayRequest, LinkRealm } from '../contract.ts';
import { RequestBody } from '../dav/body.ts';
import type { Origin, ProxyTrust } from './trusted-proxies.ts';

const sane = /^[A-Za-z0-9._-]{8,100}$/;

/** One request from its first byte to its last; what few requests need (signal, address, logger) is made when asked for. */
export class RequestScope implements GatewayRequest {
  readonly raw: IncomingMessage;
  readonly res: ServerResponse;
  readonly id: string;
  readonly origin: Origin;
  readonly startedAt = performance.now();
  readonly bytesReadBefore: number;
  readonly bytesWrittenBefore: number;
  /** For log and metrics; a route's id, not its address. */
  route = 'none';
  user: string | null = null;
  link: LinkRealm | null = null;
  /** Set once the request is authenticated. */
  context: Context | null = null;
  #parentLog: Logger;
  #log: Logger | null = null;
  #client: ClientInfo | null = null;
  #body: RequestBody | null = null;
  #abort: AbortController | null = null;
  #aborted = false;

  constructor(raw: IncomingMessage, res: ServerResponse, trust: ProxyTrust, tls: boolean, log: Logger) {
    this.raw = raw;
    this.res = res;
    this.origin = trust.originOf(raw, tls);
    const told = raw.headers['x-request-id'];
    this.id = this.origin.proxied && typeof told === 'string' && sane.test(told) ? told : newId();
    this.bytesReadBefore = raw.socket.bytesRead;
    this.bytesWrittenBefore = raw.socket.bytesWritten;
    this.#parentLog = log;
  }

  get log(): Logger {
    return (this.#log ??= this.#parentLog.child({ requestId: this.id }));
  }

  /** Without making a child logger for a line that is mostly dropped. */
  logAt(level: 'debug' | 'info' | 'warn', fields: object, message: string): void {
    this.#parentLog[level]({ requestId: this.id, ...fields }, message);
  }

  get client(): ClientInfo {
    return (this.#client ??= {
      address: this.origin.address,
      userAgent: (this.raw.headers['user-agent'] ?? '').slice(0, 200),
    });
  }

  get body(): RequestBody {
    return (this.#body ??= new RequestBody(this.raw, this.res));
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort(new AppError('aborted', 'the client went away'));
    }
    return this.#abort.signal;
  }

  /** The client went away, or the drain's deadline has passed. */
  abort(reason: string): void {
    this.#aborted = true;
    this.#abort?.abort(new AppError('aborted', reason));
  }
}
