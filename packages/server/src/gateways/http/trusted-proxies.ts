import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../kernel/errors.ts';

/** Where a request really comes from. Forwarding headers count only as far as VOLVOX_TRUST_PROXY trusts who wrote them. */
export interface Origin {
  readonly address: string;
  /** TLS up to the client: ours, or that of a trusted proxy. */
  readonly secure: boolean;
  /** The host the client asked for. */
  readonly host: string;
  /** The peer is a trusted proxy: its X-Request-Id may be taken over. */
  readonly proxied: boolean;
}

export interface ProxyTrust {
  originOf(raw: IncomingMessage, tls: boolean): Origin;
}

/** @param setting empty: trust nobody; a number: that many hops; else addresses, CIDR ranges and `loopback`, separated by commas @throws invalid_input */
export function parseProxyTrust(setting: string | undefined): ProxyTrust {
  const text = setting?.trim() ?? '';
  if (text === '') return { originOf: (raw, tls) => direct(raw, tls) };
  const hops = /^\d{1,2}$/.test(text) ? Number(text) : null;
  const trusts = hops === null ? trustList(text) : null;
  return {
    originOf(raw, tls) {
      const peer = peerOf(raw);
      if (trusts !== null ? !trusts(peer) : hops === 0) return direct(raw, tls);
      const path = [...list(raw.headers['x-forwarded-for']), peer];
      const at =
        trusts === null ? path.length - 1 - (hops ?? 0) : path.findLastIndex((address) => !trusts(address));
      const proto = list(raw.headers['x-forwarded-proto']).at(-1);
      const host = list(raw.headers['x-forwarded-host']).at(-1);
      return {
        address: path[Math.max(0, at)] ?? peer,
        secure: proto === undefined ? tls : proto.toLowerCase() === 'https',
        host: host ?? raw.headers.host ?? '',
        proxied: true,
      };
    },
  };
}

function direct(raw: IncomingMessage, tls: boolean): Origin {
  return { address: peerOf(raw), secure: tls, host: raw.headers.host ?? '', proxied: false };
}

function peerOf(raw: IncomingMessage): string {
  const address = raw.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Items that are no plausible address, protocol or host are dropped: this text reaches the log. */
function list(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(item));
}

function trustList(text: string): (address: string) => boolean {
  const blocks = new BlockList();
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === 'loopback') {
      blocks.addSubnet('127.0.0.0', 8, 'ipv4');
      blocks.addAddress('::1', 'ipv6');
      continue;
    }
    const [address = '', bits] = item.split('/');
    const family = isIP(address);
    const size = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
    if (family === 0 || !Number.isInteger(size) || size < 0 || size > (family === 4 ? 32 : 128)) {
      throw new AppError(
        'invalid_input',
        `VOLVOX_TRUST_PROXY: "${item}" is no address, range (10.0.0.0/8), "loopback" or number of hops`,
      );
    }
    blocks.addSubnet(address, size, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && blocks.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}
