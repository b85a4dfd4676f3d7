/** Signed posts of audit rows to an address that the administrator names, which must not lead into this server's own network. */
import { createHmac } from 'node:crypto';
import dns from 'node:dns';
import https from 'node:https';
import http from 'node:http';
import net from 'node:net';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { AuditRow } from './api.ts';
import type { Sink } from './streams.ts';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly clock: Clock;
  /** Addresses of private networks are let through, and plain http. */
  readonly insidersAllowed: boolean;
}

const answerMs = 15_000;

/** @throws invalid_input */
export function parseWebhook(text: string, insidersAllowed: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const fine = url?.protocol === 'https:' || (insidersAllowed && url?.protocol === 'http:');
  if (url === null || !fine || url.username !== '' || url.password !== '')
    throw new AppError('invalid_input', 'a webhook is an https address without user name and password');
  return url;
}

/** Whoever gets it recomputes HMAC-SHA-256 over `<t>.<body>`, and refuses a `t` (seconds) that is long past. */
export function signatureOf(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

export function openWebhook(options: WebhookOptions): Sink {
  const url = parseWebhook(options.url, options.insidersAllowed);
  return {
    async deliver(rows, signal) {
      const body = JSON.stringify({ events: rows });
      const seconds = Math.floor(options.clock.now() / 1000);
      const status = await post(url, body, options, seconds, rows, signal);
      if (status < 200 || status >= 300) throw new Error(`the webhook answered with ${status}`);
    },
    close: () => undefined,
  };
}

/** No redirect is followed: it could lead anywhere. */
function post(
  url: URL,
  body: string,
  { secret, insidersAllowed }: WebhookOptions,
  seconds: number,
  rows: readonly AuditRow[],
  signal: AbortSignal,
): Promise<number> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!insidersAllowed && net.isIP(host) !== 0) refuseInsider(host);
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'http:' ? http : https).request(url, {
      method: 'POST',
      agent: false,
      timeout: answerMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      ...(insidersAllowed ? {} : { lookup: publicLookup }),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Volvox',
        'x-volvox-delivery': `${rows[0]?.seq}-${rows.at(-1)?.seq}`,
        'x-volvox-signature': signatureOf(secret, seconds, body),
      },
    });
    request.on('error', reject);
    request.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.end(body);
  });
}

/** The address that is connected to is the one that was looked at, so a name can't change its mind in between. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    try {
      for (const { address } of addresses) refuseInsider(address);
    } catch (refusal) {
      return callback(refusal as NodeJS.ErrnoException, '', 0); // thrown just above
    }
    const [first] = addresses;
    if (options.all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};

export function refuseInsider(address: string): void {
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast')
    throw new AppError('forbidden', 'the webhook leads into a private network, which is not allowed');
}
