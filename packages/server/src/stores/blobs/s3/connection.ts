/**
 * The SDK's clients and how long a call to them may take. One client per purpose, since each has sockets of its own: slow downloads
 * must not keep uploads waiting, nor the collector either of them.
 */
import http from 'node:http';
import https from 'node:https';
import type * as Sdk from '@aws-sdk/client-s3';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { aborted } from '../bytes.ts';
import { translate } from './errors.ts';
import type { Layout, Location } from './location.ts';
import { QuickRequests } from './quick.ts';
import { RequestSigner } from './signature.ts';

/** Sockets, and how long one may be silent. A stream's is held as long as its reader takes, so there are more of them. */
const purposes = {
  reads: { maxSockets: 64, idleMs: 30_000 },
  streams: { maxSockets: 256, idleMs: 30_000 },
  writes: { maxSockets: 64, idleMs: 30_000 },
  /** Completing an upload and deleting by the thousand are slow on some servers. */
  chores: { maxSockets: 16, idleMs: 120_000 },
  /** Whether the server is there is not for those to say who are waiting for a socket. */
  pings: { maxSockets: 2, idleMs: 30_000 },
} as const;
export type Purpose = keyof typeof purposes;

const connectMs = 5_000;
const answerMs = 10_000;

/** For calls that send or assemble `bytes`: slower than 100 KB/s counts as hung. */
export function bodyMs(bytes: number): number {
  return answerMs + bytes / 100;
}

export interface CallOptions {
  /** For the error, where the blob is absent. */
  readonly key?: string;
  readonly signal?: AbortSignal | undefined;
  /** All attempts together, until the head of the answer is there. */
  readonly withinMs?: number;
}

type Send<T> = (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

interface Parts {
  readonly sdk: typeof Sdk;
  readonly clients: Readonly<Record<Purpose, S3Client>>;
  readonly agents: Readonly<Record<Purpose, http.Agent>>;
  readonly quick: QuickRequests;
}

export class Connection {
  readonly sdk: typeof Sdk;
  readonly bucket: string;
  readonly layout: Layout;
  readonly quick: QuickRequests;
  /** Of the SDK's clients and the quick requests alike. */
  readonly agents: Readonly<Record<Purpose, http.Agent>>;
  readonly #clients: Readonly<Record<Purpose, S3Client>>;
  #closed = false;

  constructor({ bucket, layout }: Location, { sdk, clients, agents, quick }: Parts) {
    this.sdk = sdk;
    this.bucket = bucket;
    this.layout = layout;
    this.quick = quick;
    this.agents = agents;
    this.#clients = clients;
  }

  /** @throws AppError only; `unavailable` when it takes too long, `aborted` when `signal` says so */
  async call<T>(purpose: Purpose, send: Send<T>, options: CallOptions = {}): Promise<T> {
    const { key, signal, withinMs = answerMs } = options;
    if (this.#closed) throw new AppError('unavailable', 'the blob store is closed');
    if (signal?.aborted) throw aborted(signal);
    const end = new AbortController();
    const onAbort = (): void => end.abort();
    const timer = setTimeout(onAbort, withinMs);
    signal?.addEventListener('abort', onAbort);
    try {
      return await send(this.#clients[purpose], { abortSignal: end.signal });
    } catch (error) {
      if (signal?.aborted) throw aborted(signal);
      if (end.signal.aborted)
        throw new AppError('unavailable', `the S3 server did not answer within ${withinMs} ms`, {
          retryable: true,
        });
      throw translate(error, this.bucket, key);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  close(): void {
    this.#closed = true;
    for (const client of Object.values(this.#clients)) client.destroy();
  }
}

/** Loads the SDK; no round trip yet. @throws AppError */
export async function connect(location: Location, log: Logger): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const config = await configOf(sdk, location);
  const agents = perPurpose((purpose) => agentOf(purpose, location));
  const reads = new sdk.S3Client({ ...config, ...handlerOf('reads', agents.reads, log) });
  // Found once: an instance's role is asked of the network.
  const { credentials } = reads.config;
  const clients = perPurpose((purpose) =>
    purpose === 'reads'
      ? reads
      : new sdk.S3Client({ ...config, credentials, ...handlerOf(purpose, agents[purpose], log) }),
  );
  try {
    const base = await bucketAddress(sdk, reads, location);
    const signer = new RequestSigner(await reads.config.region(), () => credentials());
    const quick = new QuickRequests({ base, signer, idleMs: purposes.reads.idleMs });
    return new Connection(location, { sdk, clients, agents, quick });
  } catch (error) {
    for (const client of Object.values(clients)) client.destroy();
    throw translate(error, location.bucket);
  }
}

function perPurpose<T>(make: (purpose: Purpose) => T): Record<Purpose, T> {
  return {
    reads: make('reads'),
    streams: make('streams'),
    writes: make('writes'),
    chores: make('chores'),
    pings: make('pings'),
  };
}

/** As the SDK resolves it, which knows regions, partitions and both styles. */
async function bucketAddress(sdk: typeof Sdk, client: S3Client, location: Location): Promise<URL> {
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  const { marker } = location.layout;
  const command = new sdk.GetObjectCommand({ Bucket: location.bucket, Key: marker });
  const url = new URL(await getSignedUrl(client, command));
  return new URL(url.pathname.slice(0, -marker.length), url.origin);
}

/** For signing alone: what a browser will call. */
export async function publicClient(location: Location, sdk: typeof Sdk): Promise<S3Client> {
  const config = await configOf(sdk, location);
  return new sdk.S3Client({
    ...config,
    ...(location.publicEndpoint && { endpoint: location.publicEndpoint.href }),
  });
}

async function configOf(sdk: typeof Sdk, location: Location): Promise<S3ClientConfig> {
  const { endpoint, credentials } = location;
  return {
    region: location.region ?? (await regionOfEnvironment(sdk, endpoint !== null)),
    forcePathStyle: location.pathStyle,
    ...(endpoint && { endpoint: endpoint.href }),
    ...(credentials && { credentials }),
    // The defaults of newer SDKs add trailers that many stores refuse; contents are hashed by their owner.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It would open a socket of its own, outside all bounds, for every body above 2 MiB.
    expectContinueHeader: false,
    retryMode: 'standard',
    maxAttempts: 3,
  };
}

/** AWS_REGION or the profile's, as the SDK finds it; a server of one's own mostly has none. */
async function regionOfEnvironment(sdk: typeof Sdk, own: boolean): Promise<string> {
  const asking = new sdk.S3Client({});
  try {
    return await asking.config.region();
  } catch (error) {
    if (own) return 'us-east-1';
    throw new AppError('invalid_input', 'no region for S3: add region= or set AWS_REGION', { cause: error });
  } finally {
    asking.destroy();
  }
}

function agentOf(purpose: Purpose, { tls }: Location): http.Agent {
  const options = { keepAlive: true, maxSockets: purposes[purpose].maxSockets };
  return tls === null ? new http.Agent(options) : new https.Agent({ ...options, ...tls });
}

function handlerOf(purpose: Purpose, agent: http.Agent, log: Logger): Pick<S3ClientConfig, 'requestHandler'> {
  const warn = (text: unknown): void => log.warn({ purpose, text: String(text) }, 's3 client');
  const quiet = (): void => {};
  return {
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: purposes[purpose].idleMs,
      ...(agent instanceof https.Agent ? { httpsAgent: agent } : { httpAgent: agent }),
      logger: { warn, error: warn, info: quiet, debug: quiet, trace: quiet },
    },
  };
}
