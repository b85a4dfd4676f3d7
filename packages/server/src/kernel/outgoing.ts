/**
 * Requests to addresses that people have typed in. None reaches what only this machine's network can see: the address is looked at
 * after the name was resolved, on the very connection that is used, so a name that changes its mind gains nothing. Redirects are not followed.
 */
import { lookup as systemLookup } from 'node:dns';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from './errors.ts';

export interface OutgoingOptions {
  /** Lets addresses of private networks and of this machine through. */
  readonly allowPrivate: boolean;
}

export interface OutgoingRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly signal?: AbortSignal | null;
}

const timeoutMs = 10_000;
const largestAnswer = 2 ** 20;

/** @throws forbidden for an address that is not to be reached, unavailable where nobody answers, too_large */
export async function outgoing(
  address: string | URL,
  request: OutgoingRequest,
  options: OutgoingOptions,
): Promise<Response> {
  const url = new URL(address);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && options.allowPrivate))
    throw new AppError('forbidden', `only https addresses may be asked, not ${url.protocol}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is never looked up, so the guard below would not see it.
  if (isIP(host) !== 0) refuseInside(host, options);
  const signals = [AbortSignal.timeout(timeoutMs), ...(request.signal ? [request.signal] : [])];
  const answer = await exchange(url, request, options, AbortSignal.any(signals));
  return answered(answer);
}

/** Whether only a private network, this machine or nobody has that address. */
export function isInside(address: string): boolean {
  const parsed = ipaddr.process(address);
  // IPv4-compatible (::127.0.0.1): long given up, but some networks still carry it to that IPv4 address.
  if ('parts' in parsed && parsed.parts.slice(0, 6).every((part) => part === 0)) return true;
  return parsed.range() !== 'unicast';
}

function refuseInside(address: string, { allowPrivate }: OutgoingOptions): void {
  if (!allowPrivate && isInside(address))
    throw new AppError('forbidden', `${address} lies inside a private network`, {
      details: { reason: 'private_address' },
    });
}

function guardedLookup(options: OutgoingOptions): LookupFunction {
  return (hostname, how, callback) => {
    systemLookup(hostname, { ...how, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      try {
        for (const { address } of addresses) refuseInside(address, options);
      } catch (refused) {
        return callback(refused as NodeJS.ErrnoException, '', 0);
      }
      if (how.all === true) return callback(null, addresses);
      const [first] = addresses;
      return callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

function exchange(
  url: URL,
  { method = 'GET', headers = {}, body }: OutgoingRequest,
  options: OutgoingOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
    const length = body == null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = send(
      url,
      { method, headers: { ...headers, ...length }, signal, lookup: guardedLookup(options), agent: false },
      resolve,
    );
    request.on('error', (cause) => {
      if (cause instanceof AppError) return reject(cause);
      reject(new AppError('unavailable', `${url.host} did not answer: ${cause.message}`, { cause }));
    });
    request.end(body ?? undefined);
  });
}

async function answered(message: IncomingMessage): Promise<Response> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of message as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > largestAnswer) throw new AppError('too_large', 'the answer is larger than is taken');
    pieces.push(piece);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers))
    for (const each of Array.isArray(value) ? value : [value ?? '']) headers.append(name, each);
  const status = message.statusCode ?? 502;
  const empty = status === 204 || status === 304 || status === 205;
  return new Response(empty ? null : Buffer.concat(pieces), { status, headers });
}
