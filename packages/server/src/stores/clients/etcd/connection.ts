import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { DriverDeps, StoreHealth } from '../../../kernel/service.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import { etcdAddress, type EtcdAddress } from './address.ts';
import { isAuthOff, isHostFault, isStaleToken, toStoreError } from './faults.ts';
import {
  loadGrpc,
  type CallHeaders,
  type GrpcChannel,
  type GrpcStream,
  type Methods,
  type OpenChannel,
  type Streams,
} from './grpc.ts';
import { pause } from './pause.ts';
import { oneKey, rangeOf } from './requests.ts';

/** How long a call may take, over all hosts, and how long one host is given. */
export interface Bounds {
  readonly totalMs: number;
  readonly perHostMs: number;
}

const usual: Bounds = { totalMs: 8_000, perHostMs: 2_500 };
const opening: Bounds = { totalMs: 4_500, perHostMs: 2_000 };
const pinging: Bounds = { totalMs: 2_000, perHostMs: 1_000 };

interface Host {
  readonly name: string;
  channel: GrpcChannel | null;
}

/** A stream to the host that is in use. `leave` says that this host is at fault. */
export interface HostStream<Request, Response> {
  readonly host: string;
  readonly stream: GrpcStream<Request, Response>;
  leave(): void;
}

/**
 * One store's way to etcd: one host at a time, the next one as soon as that fails or keeps silent. Every call is bounded and may be
 * sent twice, so what callers send must bear that. Does not retry beyond one round over the hosts.
 */
export class EtcdConnection {
  readonly prefix: string;
  readonly #address: EtcdAddress;
  readonly #hosts: readonly Host[];
  readonly #open: OpenChannel;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #closing = new AbortController();
  #current: number;
  #token: Promise<string | null> | null = null;

  constructor(address: EtcdAddress, open: OpenChannel, clock: Clock, log: Logger) {
    this.prefix = address.prefix;
    this.#address = address;
    this.#hosts = address.hosts.map((name) => ({ name, channel: null }));
    this.#open = open;
    this.#clock = clock;
    this.#log = log;
    this.#current = Math.floor(Math.random() * this.#hosts.length);
  }

  /** Aborts when the connection is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  async call<Name extends keyof Methods>(
    name: Name,
    request: Methods[Name]['request'],
    bounds: Bounds = usual,
  ): Promise<Methods[Name]['response']> {
    return this.#overHosts(bounds, async (channel, headers, timeoutMs) =>
      channel.unary(name, request, headers, timeoutMs),
    );
  }

  /** Renews a lease. @returns its seconds to live, 0: it has ended */
  async keepAlive(lease: string, bounds: Bounds): Promise<number> {
    return this.#overHosts(bounds, async (channel, headers, timeoutMs) => {
      const stream = channel.stream('Lease.LeaseKeepAlive', headers, timeoutMs);
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      stream.on('error', reject);
      stream.on('end', () => reject(new AppError('unavailable', 'etcd ended the renewal of a lease')));
      stream.on('data', (answer) => resolve(Number(answer.TTL)));
      stream.write({ ID: lease });
      return promise.finally(() => stream.cancel());
    });
  }

  async stream<Name extends keyof Streams>(
    name: Name,
    more: CallHeaders,
  ): Promise<HostStream<Streams[Name]['request'], Streams[Name]['response']>> {
    const host = this.#host();
    const channel = this.#channel(host);
    try {
      const headers = { ...(await this.#headers(channel, usual.perHostMs)), ...more };
      const leave = (): void => this.#leave(host, channel);
      return { host: host.name, stream: channel.stream(name, headers), leave };
    } catch (error) {
      this.#leave(host, channel);
      throw toStoreError(error, host.name);
    }
  }

  async ping(): Promise<StoreHealth> {
    const { version, leader } = await this.call('Maintenance.Status', {}, pinging);
    if (leader === '0')
      throw new AppError('unavailable', `etcd at ${this.#where()} has no leader`, { retryable: true });
    return { version };
  }

  close(): void {
    this.#closing.abort();
    for (const host of this.#hosts) {
      host.channel?.close();
      host.channel = null;
    }
  }

  async #overHosts<Result>(
    bounds: Bounds,
    attempt: (channel: GrpcChannel, headers: CallHeaders, timeoutMs: number) => Promise<Result>,
  ): Promise<Result> {
    const deadline = this.#clock.monotonic() + bounds.totalMs;
    const tries = this.#hosts.length + 1;
    let renewed = false;
    for (let tried = 1; ; tried++) {
      const host = this.#host();
      const channel = this.#channel(host);
      const timeoutMs = (): number =>
        Math.max(1, Math.min(bounds.perHostMs, deadline - this.#clock.monotonic()));
      try {
        return await attempt(channel, await this.#headers(channel, timeoutMs()), timeoutMs());
      } catch (error) {
        if (this.#closing.signal.aborted) throw closed();
        if (isStaleToken(error) && !renewed) {
          renewed = true;
          this.#token = null;
          continue;
        }
        if (!isHostFault(error)) throw toStoreError(error, host.name);
        this.#leave(host, channel);
        if (tried >= tries || deadline - this.#clock.monotonic() < 100)
          throw toStoreError(error, this.#where());
        if (tried % this.#hosts.length === 0) await pause(50 + Math.random() * 100, this.#closing.signal);
      }
    }
  }

  #host(): Host {
    if (this.#closing.signal.aborted) throw closed();
    const host = this.#hosts[this.#current];
    if (host === undefined) throw new AppError('internal', 'an etcd connection without hosts');
    return host;
  }

  #channel(host: Host): GrpcChannel {
    host.channel ??= this.#open(host.name);
    return host.channel;
  }

  /** Its next call connects anew (what runs on the old channel goes on); others go to the next host. */
  #leave(host: Host, channel: GrpcChannel): void {
    if (host.channel !== channel) return;
    host.channel = null;
    channel.close();
    if (this.#hosts[this.#current] === host) this.#current = (this.#current + 1) % this.#hosts.length;
  }

  async #headers(channel: GrpcChannel, timeoutMs: number): Promise<CallHeaders> {
    const { user } = this.#address;
    if (user === null) return {};
    this.#token ??= this.#login(channel, user, timeoutMs);
    const pending = this.#token;
    try {
      const token = await pending;
      return token === null ? {} : { token };
    } catch (error) {
      if (this.#token === pending) this.#token = null;
      throw error;
    }
  }

  /** @returns null where the server asks nobody who he is */
  async #login(
    channel: GrpcChannel,
    user: { readonly name: string; readonly password: string },
    timeoutMs: number,
  ): Promise<string | null> {
    try {
      return (await channel.unary('Auth.Authenticate', user, {}, timeoutMs)).token;
    } catch (error) {
      if (!isAuthOff(error)) throw error;
      this.#log.warn({ etcd: this.#where() }, 'etcd asks for no password: the one in the URL is not used');
      return null;
    }
  }

  #where(): string {
    return this.#address.hosts.join(', ');
  }
}

/** Connects, and asks once. @throws invalid_input, unavailable */
export async function connectEtcd(url: StoreUrl, deps: DriverDeps): Promise<EtcdConnection> {
  const address = etcdAddress(url);
  const connection = new EtcdConnection(address, loadGrpc(address.tls), deps.clock, deps.log);
  try {
    await connection.call('KV.Range', rangeOf(oneKey(address.prefix)), opening);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function closed(): AppError {
  return new AppError('unavailable', 'the connection to etcd is closed');
}
