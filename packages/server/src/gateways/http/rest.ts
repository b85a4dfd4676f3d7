import { routes, type Route } from '@volvox/api';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { createHandlers } from './handlers.ts';
import type { Call, Handler, RouteId } from './handler.ts';
import { addApiDocument } from './api-document.ts';
import { veiled } from './links/veil.ts';
import { doorOf, requireDoor } from './links/visitor-routes.ts';
import { requirePermission } from './permission.ts';
import { addProbes } from './probes.ts';
import { sendProblem } from './problem-answer.ts';
import type { RequestScope } from './request-scope.ts';
import type { RestDeps } from './rest-deps.ts';
import { sendStream } from './send-stream.ts';
import { compileValidator, type Part } from './validation.ts';

/** The REST gateway: every route of the wire contract under `/api/v1`, its document, and the probes. */
export interface Rest {
  /** By the path as sent. */
  owns(url: string): boolean;
  handle(scope: RequestScope): Promise<void>;
  close(): Promise<void>;
}

const jsonLimit = 2 ** 20;
const prefix = '/api/v1';
/** Longer than any name (255 bytes, percent-encoded). */
const maxParamLength = 1024;

/** The scope of the request that Fastify is handling; it only hands the bare request on. */
const scopes = new WeakMap<object, RequestScope>();

export async function createRest(deps: RestDeps): Promise<Rest> {
  const app = Fastify({
    logger: false,
    bodyLimit: jsonLimit,
    routerOptions: { maxParamLength },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
  });
  app.setValidatorCompiler(({ schema, httpPart }) => compileValidator(schema, httpPart as Part));
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(async (thrown: FastifyError, request, reply) => {
    await noteDenial(thrown, request, deps);
    return answerError(thrown, request, reply);
  });
  app.setNotFoundHandler((request, reply) => answerMissing(request, reply));
  addProbes(app, deps.services.operations, markRoute);
  addApiDocument(app, deps.version, markRoute);
  const handlers = createHandlers(deps);
  const all = Object.values(routes) as readonly Route[];
  await app.register(async (json) => {
    for (const route of all)
      if (route.bodyKind !== 'stream')
        addRoute(json, route, handlers[route.id as RouteId] as Handler<Route>, deps);
  });
  await app.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', (_request, _body, done) => done(null)); // left unread: the handler streams it
    for (const route of all)
      if (route.bodyKind === 'stream')
        addRoute(raw, route, handlers[route.id as RouteId] as Handler<Route>, deps);
  });
  await app.ready();
  return {
    owns: (url) => /^\/(?:api|healthz|readyz|metrics)(?:[/?]|$)/.test(url),
    async handle(scope) {
      scopes.set(scope.raw, scope);
      app.routing(scope.raw, scope.res);
    },
    close: () => app.close(),
  };
}

function addRoute(app: FastifyInstance, route: Route, handler: Handler<Route>, deps: RestDeps): void {
  const streams = route.responseKind === 'stream';
  const status = route.status ?? (route.responseKind === 'empty' ? 204 : 200);
  app.route({
    method: streams ? ['GET', 'HEAD'] : route.method,
    url: prefix + route.path,
    exposeHeadRoute: route.method === 'GET' && route.responseKind === undefined,
    schema: {
      ...(route.params ? { params: route.params } : {}),
      ...(route.query ? { querystring: route.query } : {}),
      ...(route.body ? { body: route.body } : {}),
    },
    config: { route },
    onRequest: (request) => admit(request, route, deps),
    handler: (request, reply) => run(request, reply, route, handler, status),
  });
}

/** Before anything of the body is read: set up, authenticated, permitted. */
async function admit(request: FastifyRequest, route: Route, deps: RestDeps): Promise<void> {
  const scope = scopeOf(request);
  scope.route = route.id;
  if (hasTokenInQuery(request))
    throw new AppError(
      'invalid_input',
      'credentials do not belong in an address: use the Authorization header',
    );
  if (route.tag !== 'setup') await deps.gate.pass();
  if (scope.link !== null) await admitVisitor(scope, route, deps);
  else if (route.permission === 'public') {
    if (request.method !== 'GET' && request.method !== 'HEAD') deps.authenticator.requireOwnOrigin(scope);
  } else {
    const limited = route.permission === 'signin';
    const principal = await deps.authenticator.authenticate(scope, { limited });
    scope.user = principal.login;
    requirePermission(principal, route.permission);
    scope.context = {
      principal,
      requestId: scope.id,
      signal: scope.signal,
      lockTokens: [],
      origin: scope.client,
    };
  }
  if (route.bodyKind !== 'stream' && scope.body.left === 'withheld') scope.res.writeContinue();
}

/** Below `/s/<token>`: no credentials but the visit's, and no routes but those that visitors have. */
async function admitVisitor(scope: RequestScope, route: Route, deps: RestDeps): Promise<void> {
  const { authenticator, services } = deps;
  const door = doorOf(route.id);
  if (door === 'open') {
    if (route.method !== 'GET') authenticator.requireOwnOrigin(scope);
    return;
  }
  const principal = await authenticator.authenticate(scope);
  scope.user = principal.login;
  await services.sharing.visitOf(principal); // by the clock and the policies of now
  requireDoor(principal, door);
  // Only a download that was counted may still go on; the handler sees to that.
  if (route.id !== 'downloadContent' && (await services.sharing.downloadsLeft(principal)) === 0)
    throw services.sharing.exhausted();
  scope.context = { principal, requestId: scope.id, signal: scope.signal, lockTokens: [] };
}

async function run(
  request: FastifyRequest,
  reply: FastifyReply,
  route: Route,
  handler: Handler<Route>,
  success: number,
): Promise<unknown> {
  const scope = scopeOf(request);
  let status = success;
  const call = {
    context: scope.context,
    scope,
    params: request.params,
    query: request.query,
    body: request.body,
    setStatus: (told: number) => void (status = told),
    setHeader: (name: string, value: string) => void reply.header(name, value),
  };
  const told: unknown = await handler(call as unknown as Call<Route>); // the edge: validated against this route's schemas above
  const confined = scope.context?.principal.confined;
  const result = confined === undefined || route.responseKind === 'stream' ? told : veiled(told, confined);
  if (route.responseKind === 'stream' || route.responseKind === 'events') {
    reply.hijack();
    await sendStream(scope, result as Parameters<typeof sendStream>[1]);
    return reply;
  }
  reply.header('cache-control', 'no-store').code(status);
  if (route.responseKind === 'empty') return reply.send();
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(result));
}

function answerError(
  thrown: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.hijack();
  sendProblem(scopeOf(request), translate(thrown));
  return reply;
}

/** For the audit log, which counts them. What somebody may not even know of is refused as missing, and not told apart from it. */
async function noteDenial(thrown: unknown, request: FastifyRequest, { services }: RestDeps): Promise<void> {
  if (!isAppError(thrown, 'forbidden')) return;
  const { context, client, id, route } = scopeOf(request);
  const config = request.routeOptions.config as { readonly route?: Route }; // as addRoute set it
  const nodeId = (request.params as { readonly id?: unknown } | null)?.id;
  await services.audit.denied(context ?? { ...client, requestId: id }, {
    permission: config.route?.permission ?? 'none',
    route,
    ...(config.route?.path.startsWith('/nodes/:id') === true && typeof nodeId === 'string' ? { nodeId } : {}),
  });
}

const frameworkCodes: Readonly<Record<string, AppError['code']>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'incomplete_body',
};

/** What Fastify itself finds wrong with a request. */
function translate(thrown: Error & { readonly code?: unknown; readonly statusCode?: unknown }): unknown {
  if (thrown instanceof AppError) return thrown;
  const code = typeof thrown.code === 'string' ? frameworkCodes[thrown.code] : undefined;
  if (code !== undefined) return new AppError(code, thrown.message, { cause: thrown });
  const status = typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
  return status < 500 ? new AppError('invalid_input', thrown.message, { cause: thrown }) : thrown;
}

const patterns = (Object.values(routes) as readonly Route[]).map((route) => ({
  method: route.method,
  path: new RegExp(`^${prefix}${route.path.replace(/:\w+/g, '[^/]+')}$`),
}));

function answerMissing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  const scope = scopeOf(request);
  const path = request.url.split('?', 1)[0] ?? '';
  const methods = patterns.filter((known) => known.path.test(path)).map((known) => known.method);
  if (methods.length === 0) sendProblem(scope, new AppError('not_found', 'there is no such address'));
  else
    sendProblem(scope, new AppError('unsupported', `${request.method} is not offered here`), {
      status: 405,
      headers: { Allow: methods.join(', ') },
    });
  return reply;
}

function scopeOf(request: FastifyRequest): RequestScope {
  const scope = scopes.get(request.raw);
  if (scope === undefined) throw new AppError('internal', 'a request came past the server');
  return scope;
}

function markRoute(request: FastifyRequest, name: string): RequestScope {
  const scope = scopeOf(request);
  scope.route = name;
  return scope;
}

/** Addresses end up in logs, histories and Referer headers. */
function hasTokenInQuery(request: FastifyRequest): boolean {
  const query = request.query as Readonly<Record<string, unknown>>;
  return 'access_token' in query || 'token' in query || 'csrf' in query;
}
