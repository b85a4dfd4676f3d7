import {
  AccessRule,
  Activity,
  Change,
  ClusterStatus,
  errorCodes,
  Group,
  JobRun,
  LogEntry,
  Node,
  Problem,
  routes,
  Session,
  Token,
  User,
  Version,
  Workspace,
  type ErrorCode,
  type Route,
} from '@volvox/api';
import { statusOf } from './problems.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };
type JsonObject = { [key: string]: Json | undefined };

/**
 * The OpenAPI 3.1 document, made from the route definitions themselves. Their schemas are JSON Schema, which 3.1 takes as
 * it is, so no generator stands in between.
 */
export function openApiDocument(version: string): JsonObject {
  const paths: { [path: string]: { [method: string]: Json } } = {};
  for (const route of Object.values(routes) as readonly Route[]) {
    const path = `/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Volvox',
      version,
      description: introduction(),
      license: { name: 'AGPL-3.0-or-later', identifier: 'AGPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set((Object.values(routes) as readonly Route[]).map((route) => route.tag))].map((name) => ({
      name,
    })),
    paths: { ...paths, ...tusPaths() },
    components: {
      schemas: Object.fromEntries([...named].map(([schema, name]) => [name, spelledOut(schema)])),
      responses: {
        Problem: {
          description: 'RFC 9457 problem document; switch on `code`',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'volvox_session',
          description: 'changes also need X-CSRF-Token',
        },
        basic: { type: 'http', scheme: 'basic', description: 'login with password or app password' },
        bearer: { type: 'http', scheme: 'bearer', description: 'access token' },
      },
    },
  };
}

/** As a file: the same text for the same routes, so without the program's version. */
export function renderOpenApi(version = 'v1'): string {
  return `${JSON.stringify(openApiDocument(version), null, 2)}\n`;
}

function operationOf(route: Route): JsonObject {
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    security: route.permission === 'public' ? [] : [{ session: [] }, { basic: [] }, { bearer: [] }],
    'x-permission': route.permission,
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    requestBody: bodyOf(route),
    responses: {
      [String(statusOfSuccess(route))]: successOf(route),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function statusOfSuccess(route: Route): number {
  return route.status ?? (route.responseKind === 'empty' ? 204 : 200);
}

function parametersOf(schema: Route['params'], where: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = plain(schema) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    description,
    schema: rest,
  }));
}

function bodyOf(route: Route): JsonObject | undefined {
  if (route.bodyKind === 'stream') return { required: true, content: { 'application/octet-stream': {} } };
  return route.body === undefined
    ? undefined
    : { required: true, content: { 'application/json': { schema: plain(route.body) } } };
}

function successOf(route: Route): JsonObject {
  const description = 'success';
  if (route.responseKind === 'empty') return { description };
  if (route.responseKind === 'events')
    return { description, content: { 'text/event-stream': { schema: { type: 'string' } } } };
  if (route.responseKind === 'stream') return { description, content: { 'application/octet-stream': {} } };
  return {
    description,
    content: { 'application/json': { schema: route.response === undefined ? {} : plain(route.response) } },
  };
}

/** Things of the contract that many routes carry: told once, and referred to. */
const named = new Map<object, string>(
  Object.entries({
    AccessRule,
    Activity,
    Change,
    ClusterStatus,
    Group,
    JobRun,
    LogEntry,
    Node,
    Problem,
    Session,
    Token,
    User,
    Version,
    Workspace,
  }).map(([name, schema]) => [schema, name]),
);

/** As JSON: without the marks that the schema library keeps for itself, with references to what is named. */
function plain(schema: object): JsonObject {
  const name = named.get(schema);
  return name === undefined ? spelledOut(schema) : { $ref: `#/components/schemas/${name}` };
}

function spelledOut(schema: object): JsonObject {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === 'object' && value !== null ? plain(value) : (value as Json); // the edge: schemas are JSON
}

function tusPaths(): JsonObject {
  const tus = (operationId: string, summary: string, status: string): JsonObject => ({
    operationId,
    summary,
    tags: ['uploads'],
    externalDocs: { url: 'https://tus.io/protocols/resumable-upload' },
    responses: {
      [status]: { description: 'as tus 1.0 says' },
      default: { $ref: '#/components/responses/Problem' },
    },
  });
  const parameters = [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }];
  return {
    '/api/v1/uploads': {
      post: tus('tusCreate', 'Begin a resumable upload (tus 1.0), or join partial ones', '201'),
      options: tus('tusOptions', 'What of tus is offered', '204'),
    },
    '/api/v1/uploads/{id}': {
      parameters,
      head: tus('tusHead', 'How far an upload has come', '200'),
      patch: tus('tusPatch', 'Append at the offset', '204'),
      delete: tus('tusDelete', 'Give an upload up', '204'),
      get: tus('tusGet', 'The bytes of a finished upload', '200'),
    },
  };
}

function introduction(): string {
  const codes = Object.keys(errorCodes) as ErrorCode[];
  return [
    'Errors are RFC 9457 problem documents with a stable `code`:',
    '',
    '| code | status | meaning |',
    '|---|---|---|',
    ...codes.map((code) => `| \`${code}\` | ${statusOf[code]} | ${errorCodes[code]} |`),
  ].join('\n');
}
