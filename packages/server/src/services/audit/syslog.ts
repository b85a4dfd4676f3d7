/** RFC 5424 over UDP (RFC 5426), TCP (RFC 6587, octet counting) or TLS (RFC 5425). */
import dgram from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import { AppError } from '../../kernel/errors.ts';
import type { AuditRow } from './api.ts';
import type { Sink } from './streams.ts';

export interface SyslogTarget {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

const usualPorts = { udp: 514, tcp: 601, tls: 6514 } as const;
const connectMs = 10_000;
/** What most collectors take in one datagram. */
const longestDatagram = 8_192;

/** `udp://host:port`, `tcp://`, `tls://`. @throws invalid_input */
export function parseSyslog(text: string): SyslogTarget {
  const found = /^(udp|tcp|tls):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/.exec(text);
  const [, transport, host, port] = found ?? [];
  if (transport === undefined || host === undefined)
    throw new AppError('invalid_input', 'a syslog server is written as udp://host:514, tcp:// or tls://');
  const kind = transport as SyslogTarget['transport']; // one of the three above
  return {
    transport: kind,
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? usualPorts[kind] : Number(port),
  };
}

/** Facility 13 (log audit); what was refused is a warning (4), the rest a notice (5). */
export function syslogLine(row: AuditRow, host: string): string {
  const refused = /failed|denied|locked|lost|reused/.test(row.kind);
  const priority = 13 * 8 + (refused ? 4 : 5);
  const time = new Date(row.at).toISOString();
  const id = row.kind.replace(/[^\x21-\x7e]/g, '_').slice(0, 32);
  const header = `<${priority}>1 ${time} ${nameOf(host)} volvox - ${id}`;
  return `${header} [audit@32473 seq="${row.seq}" hash="${row.hash}"] \ufeff${JSON.stringify(row)}`;
}

const nameOf = (host: string): string => host.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';

export function openSyslog(target: SyslogTarget, nodeName: string): Sink {
  return target.transport === 'udp' ? new UdpSink(target, nodeName) : new StreamSink(target, nodeName);
}

/** UDP tells nobody whether anything arrives. */
class UdpSink implements Sink {
  readonly #target: SyslogTarget;
  readonly #nodeName: string;
  readonly #socket: dgram.Socket;

  constructor(target: SyslogTarget, nodeName: string) {
    this.#target = target;
    this.#nodeName = nodeName;
    this.#socket = dgram.createSocket(net.isIPv6(target.host) ? 'udp6' : 'udp4').unref();
    this.#socket.on('error', () => undefined); // told to each send
  }

  async deliver(rows: readonly AuditRow[]): Promise<void> {
    for (const row of rows) {
      const bytes = Buffer.from(syslogLine(row, this.#nodeName)).subarray(0, longestDatagram);
      await new Promise<void>((resolve, reject) =>
        this.#socket.send(bytes, this.#target.port, this.#target.host, (error) =>
          error === null ? resolve() : reject(error),
        ),
      );
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** Taken means written to the connection: syslog has no acknowledgements. */
class StreamSink implements Sink {
  readonly #target: SyslogTarget;
  readonly #nodeName: string;
  #socket: net.Socket | null = null;

  constructor(target: SyslogTarget, nodeName: string) {
    this.#target = target;
    this.#nodeName = nodeName;
  }

  async deliver(rows: readonly AuditRow[], signal: AbortSignal): Promise<void> {
    const socket = await this.#connected(signal);
    const frames = rows.map((row) => {
      const line = Buffer.from(syslogLine(row, this.#nodeName));
      return Buffer.concat([Buffer.from(`${line.length} `), line]);
    });
    await new Promise<void>((resolve, reject) => {
      const onClose = (): void => reject(new Error('the syslog server closed the connection'));
      socket.once('close', onClose);
      socket.write(Buffer.concat(frames), (error) => {
        socket.off('close', onClose);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #connected(signal: AbortSignal): Promise<net.Socket> {
    if (this.#socket !== null && !this.#socket.destroyed && this.#socket.writable) return this.#socket;
    const { transport, host, port } = this.#target;
    const socket =
      transport === 'tls'
        ? tls.connect({
            host,
            port,
            minVersion: 'TLSv1.2',
            ...(net.isIP(host) === 0 ? { servername: host } : {}),
          })
        : net.connect({ host, port });
    socket.unref().setKeepAlive(true, 30_000);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(connectMs)]);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        socket.destroy();
        reject(new Error('the syslog server could not be reached in time'));
      };
      limit.addEventListener('abort', onAbort, { once: true });
      socket.once('error', reject);
      socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => {
        limit.removeEventListener('abort', onAbort);
        resolve();
      });
    });
    socket.on('error', () => undefined).on('data', () => undefined);
    // A server that closes while nothing is written is found by the next delivery.
    socket.once('close', () => (this.#socket = null));
    return (this.#socket = socket);
  }
}
