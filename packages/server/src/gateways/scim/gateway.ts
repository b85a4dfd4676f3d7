/** SCIM 2.0 (RFC 7643, 7644) at /scim/v2: directories outside keep users and groups here up to date. */
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { placedIdentity } from '../circumstances.ts';
import type { GatewayRequest, RawGateway, Services } from '../contract.ts';
import { RequestBody } from '../dav/body.ts';
import { oneOf, resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import { wantedBy } from './filters.ts';
import { ScimGroups } from './groups.ts';
import { ScimUsers } from './users.ts';
import { isObject, pagingOf, ScimError, send, sendFault, type Json } from './wire.ts';

const prefix = '/scim/v2';
const bodyLimit = 2 ** 20;

export interface ScimOptions {
  /** VOLVOX_URL; else addresses are as the client wrote them. */
  readonly publicUrl?: string | null;
}

interface Call {
  readonly context: Context;
  readonly method: string;
  readonly id: string | null;
  readonly query: URLSearchParams;
  readonly base: string;
  body(): Promise<Json>;
}

interface Answer {
  readonly status: number;
  readonly body: Json | null;
}

export function createScimGateway(services: Services, options: ScimOptions = {}): RawGateway {
  const users = new ScimUsers(services.identity);
  const groups = new ScimGroups(services.identity);
  const handlers: Readonly<Record<string, (call: Call) => Promise<Answer>>> = {
    Users: (call) => answerUsers(users, call),
    Groups: (call) => answerGroups(groups, call),
    ServiceProviderConfig: async (call) => shown(call, serviceProviderConfig(call.base)),
    ResourceTypes: async (call) => shown(call, oneOf(resourceTypes(call.base), call.id)),
    Schemas: async (call) => shown(call, oneOf(schemas(call.base), call.id)),
  };
  return {
    prefix,
    async handle(request) {
      const { raw, res } = request;
      try {
        const context = await admit(services, request);
        const url = new URL(raw.url ?? '', 'http://localhost');
        const [kind = '', id = null, ...rest] = segmentsOf(url.pathname);
        const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
        if (handler === undefined || rest.length > 0) throw nothingHere();
        const base = (options.publicUrl ?? originOf(request)).replace(/\/$/, '') + prefix;
        const body = () => bodyOf(request);
        const method = raw.method ?? '';
        const answer = await handler({ context, method, id, query: url.searchParams, base, body });
        send(res, answer.status, answer.body, locationOf(answer));
      } catch (error) {
        if (!(error instanceof AppError) && !(error instanceof ScimError))
          request.log.error({ err: error }, 'scim failed');
        sendFault(res, error);
      }
    },
  };
}

/** The token of an administrator, and nothing else: no cookie, no password. */
async function admit(services: Services, request: GatewayRequest): Promise<Context> {
  const secret = /^Bearer +([^ ]+)$/i.exec(request.raw.headers.authorization ?? '')?.[1];
  if (secret === undefined) throw new AppError('unauthenticated', 'an access token is needed');
  const identity = placedIdentity(services.identity, services.access, 'api');
  const principal = await identity.authenticate({ kind: 'bearer', secret }, request.client);
  request.user = principal.login;
  if (!principal.admin || !principal.scopes.includes('admin'))
    throw new AppError('forbidden', 'the access token of an administrator with the scope "admin" is needed');
  return {
    principal,
    requestId: request.id,
    signal: request.signal,
    lockTokens: [],
    origin: request.client,
  };
}

async function answerUsers(users: ScimUsers, call: Call): Promise<Answer> {
  const { base, context, id, method, query } = call;
  if (id === null && method === 'GET')
    return found(await users.list(context, wantedBy(query.get('filter')), pagingOf(query), base));
  if (id === null && method === 'POST')
    return { status: 201, body: await users.create(context, await call.body(), base) };
  if (id === null) throw notOffered(method);
  if (method === 'GET') return found(await users.get(context, id, base));
  if (method === 'PUT') return found(await users.replace(context, id, await call.body(), base));
  if (method === 'PATCH') return found(await users.patch(context, id, await call.body(), base));
  if (method !== 'DELETE') throw notOffered(method);
  await users.delete(context, id);
  return { status: 204, body: null };
}

async function answerGroups(groups: ScimGroups, call: Call): Promise<Answer> {
  const { base, context, id, method, query } = call;
  const members = !/(^|,)\s*members\s*(,|$)/i.test(query.get('excludedAttributes') ?? '');
  if (id === null && method === 'GET')
    return found(await groups.list(context, wantedBy(query.get('filter')), pagingOf(query), base, members));
  if (id === null && method === 'POST')
    return { status: 201, body: await groups.create(context, await call.body(), base) };
  if (id === null) throw notOffered(method);
  if (method === 'GET') return found(await groups.get(context, id, base, members));
  if (method === 'PUT') return found(await groups.replace(context, id, await call.body(), base));
  if (method === 'PATCH') return found(await groups.patch(context, id, await call.body(), base));
  if (method !== 'DELETE') throw notOffered(method);
  await groups.delete(context, id);
  return { status: 204, body: null };
}

function shown({ method }: Call, body: Json | null): Answer {
  if (method !== 'GET') throw notOffered(method);
  if (body === null) throw nothingHere();
  return found(body);
}

function found(body: Json): Answer {
  return { status: 200, body };
}

/** @throws ScimError invalidSyntax */
async function bodyOf({ raw, res }: GatewayRequest): Promise<Json> {
  const type = raw.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/scim+json' && type !== 'application/json')
    throw new ScimError(400, 'invalidSyntax', 'the body is application/scim+json');
  const bytes = await new RequestBody(raw, res).whole(bodyLimit);
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ScimError(400, 'invalidSyntax', 'the body is no JSON', { cause: error });
  }
  if (!isObject(body)) throw new ScimError(400, 'invalidSyntax', 'the body is an object');
  return body;
}

function segmentsOf(pathname: string): string[] {
  try {
    return pathname
      .slice(prefix.length)
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    throw nothingHere();
  }
}

function originOf({ raw }: GatewayRequest): string {
  return `http://${raw.headers.host ?? 'localhost'}`;
}

function locationOf({ status, body }: Answer): string | undefined {
  const meta = body?.['meta'];
  return status === 201 && isObject(meta) && typeof meta['location'] === 'string'
    ? meta['location']
    : undefined;
}

function nothingHere(): AppError {
  return new AppError('not_found', 'there is no such resource');
}

function notOffered(method: string): AppError {
  return new AppError('unsupported', `${method} is not offered here`);
}
