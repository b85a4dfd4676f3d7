/**
 * etcd's gRPC methods, bare: the gRPC library and the protocol files that the package `etcd3` brings. Its own client on top of them is
 * not used (README). Knows nothing of hosts, faults or retries.
 */
import { createRequire } from 'node:module';
import type {
  ILeaseGrantRequest,
  ILeaseGrantResponse,
  ILeaseKeepAliveResponse,
  IRangeRequest,
  IRangeResponse,
  IStatusResponse,
  ITxnRequest,
  ITxnResponse,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import { AppError } from '../../../kernel/errors.ts';
import type { StoreTls } from '../../../kernel/store-tls.ts';

export interface Methods {
  'KV.Range': { request: IRangeRequest; response: IRangeResponse };
  'KV.Txn': { request: ITxnRequest; response: ITxnResponse };
  'Lease.LeaseGrant': { request: ILeaseGrantRequest; response: ILeaseGrantResponse };
  'Lease.LeaseRevoke': { request: { readonly ID: string }; response: object };
  'Maintenance.Status': { request: object; response: IStatusResponse };
  'Auth.Authenticate': {
    request: { readonly name: string; readonly password: string };
    response: { readonly token: string };
  };
}

export interface Streams {
  'Watch.Watch': { request: IWatchRequest; response: IWatchResponse };
  'Lease.LeaseKeepAlive': { request: { readonly ID: string }; response: ILeaseKeepAliveResponse };
}

export interface GrpcStream<Request, Response> {
  write(message: Request): boolean;
  cancel(): void;
  on(event: 'data', listener: (message: Response) => void): unknown;
  on(event: 'error', listener: (error: GrpcError) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

/** `code` as in the gRPC specification. */
export interface GrpcError extends Error {
  readonly code: number;
  readonly details: string;
}

export type CallHeaders = Readonly<Record<string, string>>;

/** One connection to one host; connects with its first call. */
export interface GrpcChannel {
  unary<Name extends keyof Methods>(
    name: Name,
    request: Methods[Name]['request'],
    headers: CallHeaders,
    timeoutMs: number,
  ): Promise<Methods[Name]['response']>;
  stream<Name extends keyof Streams>(
    name: Name,
    headers: CallHeaders,
    timeoutMs?: number,
  ): GrpcStream<Streams[Name]['request'], Streams[Name]['response']>;
  close(): void;
}

/** @param target `host:port` */
export type OpenChannel = (target: string) => GrpcChannel;

interface MethodDefinition {
  readonly path: string;
  readonly requestSerialize: (message: unknown) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

interface Metadata {
  set(name: string, value: string): void;
}

interface CallOptions {
  readonly deadline?: number;
}

/** What is used of `@grpc/grpc-js`. */
interface GrpcLibrary {
  readonly Metadata: new () => Metadata;
  readonly credentials: {
    createInsecure(): object;
    createSsl(
      ca: Buffer | null,
      key: Buffer | null,
      cert: Buffer | null,
      verify: { readonly rejectUnauthorized: boolean },
    ): object;
  };
  readonly Client: new (target: string, credentials: object, options: object) => GrpcClient;
}

type Serialize = MethodDefinition['requestSerialize'];
type Deserialize = MethodDefinition['responseDeserialize'];

interface GrpcClient {
  makeUnaryRequest(
    path: string,
    serialize: Serialize,
    deserialize: Deserialize,
    message: unknown,
    metadata: Metadata,
    options: CallOptions,
    callback: (error: GrpcError | null, response: unknown) => void,
  ): unknown;
  makeBidiStreamRequest(
    path: string,
    serialize: Serialize,
    deserialize: Deserialize,
    metadata: Metadata,
    options: CallOptions,
  ): unknown;
  close(): void;
}

interface ProtoLoader {
  loadSync(path: string, options: object): Record<string, Record<string, MethodDefinition>>;
}

const channelOptions = {
  // A fault is answered with a fresh channel, so one channel never shares its connection with another.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.max_receive_message_length': -1,
  // etcd refuses pings more frequent than every 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
} as const;

/** Loads the vendor's packages: called when a store is opened, never at import. @throws invalid_input */
export function loadGrpc(tls: StoreTls | null): OpenChannel {
  vendor ??= loadVendor();
  const { grpc, services } = vendor;
  const credentials = credentialsOf(grpc, tls);
  const metadataOf = (headers: CallHeaders): Metadata => {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return metadata;
  };
  const definition = definitionsOf(services);
  return (target) => channelOf(new grpc.Client(target, credentials, channelOptions), definition, metadataOf);
}

let vendor: ReturnType<typeof loadVendor> | null = null;

function loadVendor() {
  const own = createRequire(createRequire(import.meta.url).resolve('etcd3'));
  const loader = own('@grpc/proto-loader') as ProtoLoader;
  const services = loader.loadSync(own.resolve('etcd3/proto/rpc.proto'), {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return { grpc: own('@grpc/grpc-js') as GrpcLibrary, services };
}

function credentialsOf(grpc: GrpcLibrary, tls: StoreTls | null): object {
  if (tls === null) return grpc.credentials.createInsecure();
  const { ca = null, key = null, cert = null, rejectUnauthorized } = tls;
  try {
    return grpc.credentials.createSsl(ca, key, cert, { rejectUnauthorized });
  } catch (error) {
    throw new AppError('invalid_input', 'tlsCA, tlsCert and tlsKey are not PEM files that fit together', {
      cause: error,
    });
  }
}

function definitionsOf(services: Record<string, Record<string, MethodDefinition>>) {
  return (name: string): MethodDefinition => {
    const [service = '', method = ''] = name.split('.');
    const found = services[`etcdserverpb.${service}`]?.[method];
    if (found === undefined) throw new Error(`the protocol files know no ${name}`);
    return found;
  };
}

function channelOf(
  client: GrpcClient,
  definition: (name: string) => MethodDefinition,
  metadataOf: (headers: CallHeaders) => Metadata,
): GrpcChannel {
  return {
    unary: <Name extends keyof Methods>(
      name: Name,
      request: object,
      headers: CallHeaders,
      timeoutMs: number,
    ) => {
      const { path, requestSerialize, responseDeserialize } = definition(name);
      return new Promise<Methods[Name]['response']>((resolve, reject) => {
        const options = { deadline: Date.now() + timeoutMs };
        const done = (error: GrpcError | null, response: unknown): void =>
          error === null ? resolve(response as Methods[Name]['response']) : reject(error);
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadataOf(headers),
          options,
          done,
        );
      });
    },
    stream: <Name extends keyof Streams>(name: Name, headers: CallHeaders, timeoutMs?: number) => {
      const { path, requestSerialize, responseDeserialize } = definition(name);
      const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
      return client.makeBidiStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        metadataOf(headers),
        options,
      ) as GrpcStream<Streams[Name]['request'], Streams[Name]['response']>;
    },
    close: () => client.close(),
  };
}
