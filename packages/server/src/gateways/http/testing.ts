/** A listening server over fakes, for tests of the gateways. Services that a test does not give answer `not_found` to everything. */
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import type { Principal, ScopeName } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { Credentials, IdentityService, SignInService } from '../../services/identity/api.ts';
import type { RawGateway, Services } from '../contract.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './server.ts';

export const userId = '0192f0c1-0000-7000-8000-0000000000a1';
export const anyId = '0192f0c1-0000-7000-8000-000000000001';

const all: readonly ScopeName[] = ['files:read', 'files:write', 'account', 'admin'];

export function principalOf(patch: Partial<Principal> = {}): Principal {
  return {
    userId,
    login: 'ann',
    admin: false,
    roles: [],
    scopes: all,
    via: 'session',
    sessionId: anyId,
    tokenId: null,
    epoch: 1,
    ...patch,
  };
}

/** Who the fake identity knows, by the secret of whatever kind of credential. */
export const people: Readonly<Record<string, Principal>> = {
  'user-session': principalOf(),
  'admin-session': principalOf({ admin: true, login: 'root' }),
  'read-token': principalOf({ via: 'token', scopes: ['files:read'], sessionId: null, tokenId: anyId }),
  'app-password': principalOf({ via: 'token', scopes: ['files:write'], sessionId: null, tokenId: anyId }),
  'admin-files-token': principalOf({
    admin: true,
    via: 'token',
    scopes: ['files:write'],
    sessionId: null,
    tokenId: anyId,
  }),
};

export function fakeIdentity(patch: Partial<IdentityService> = {}): IdentityService {
  return lacking<IdentityService>('identity', {
    setupRequired: async () => false,
    signIn: lacking<SignInService>('signIn', {
      limitOf: async () => null,
      resetOffered: () => false,
      passwordPolicy: () => ({ minLength: 8, classes: 0 }),
    }),
    csrfToken: (secret: string) => `csrf-of-${secret}`,
    authenticate: async (credentials: Credentials) => {
      const principal = people[credentials.secret];
      if (principal === undefined) throw new AppError('unauthenticated', 'wrong credentials');
      return principal;
    },
    ...patch,
  });
}

/** Every method that is not given rejects with `not_found`. */
export function lacking<T extends object>(name: string, given: Partial<T> = {}): T {
  return new Proxy(given, {
    get: (target, key) =>
      Reflect.get(target, key) ?? (() => Promise.reject(new AppError('not_found', `${name}.${String(key)}`))),
  }) as T;
}

export function fakeServices(
  patch: { readonly [K in keyof Services]?: Partial<Services[K]> } = {},
): Services {
  const names = [
    'access',
    'activity',
    'collaboration',
    'audit',
    'connectors',
    'contents',
    'jobs',
    'journal',
    'locks',
    'mail',
    'oidc',
    'operations',
    'search',
    'settings',
    'sharing',
    'tree',
    'uploads',
    'workspaces',
  ] as const;
  const nothing = async function* (): AsyncGenerator<never> {};
  const placed = <P>(principal: P): P => principal;
  const defaults = {
    audit: { keep: async () => {}, read: () => {}, denied: async () => {}, export: nothing },
    journal: { onRing: () => () => {} },
    mail: { configured: () => false },
    settings: { list: () => [], get: () => '', info: (key: string) => ({ key }) },
    tree: { check: nothing },
    contents: { check: nothing },
  };
  const access = { placed, ...patch.access };
  const given = { ...defaults, ...patch, access } as Readonly<Record<string, object | undefined>>;
  const services = Object.fromEntries(names.map((name) => [name, lacking(name, given[name])]));
  return { ...services, identity: fakeIdentity(patch.identity) } as unknown as Services;
}

export interface TestServer {
  readonly server: HttpServer;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export async function startTestServer(
  services: Services,
  options: Partial<HttpServerOptions> = {},
  gateways: readonly RawGateway[] = [],
): Promise<TestServer> {
  const server = await createHttpServer({
    services,
    log: silentLogger,
    gateways,
    version: '1.2.3',
    webRoot: null,
    ...options,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  return { server, port, url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  json(): Record<string, unknown>;
}

/** Unlike fetch, sends exactly these headers. */
export function send(port: number, options: RequestOptions, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(pieces);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: bytes,
          json: () => JSON.parse(bytes.toString()) as Record<string, unknown>,
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What the server answers to these very bytes, until it closes the connection. */
export function sendBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => (text += piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

export const cookie = (secret: string): Record<string, string> => ({ cookie: `volvox_session=${secret}` });
export const signedIn = (secret: string): Record<string, string> => ({
  ...cookie(secret),
  'x-csrf-token': `csrf-of-${secret}`,
});
export const json = { 'content-type': 'application/json' };
