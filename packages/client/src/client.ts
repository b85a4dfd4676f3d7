import { routes, type Me as MeSchema, type Route, type Routes } from '@volvox/api';
import type { Body, Params, Query, Response as Answer } from '@volvox/api';
import type { Static } from 'typebox';
import { followEvents, type EventsOptions, type LiveEvent } from './events.ts';
import { errorOf, networkError } from './api-error.ts';

export type RouteId = keyof Routes;
export type Me = Static<typeof MeSchema>;

/** How requests prove who sends them. `session`: the browser's cookie; changes then carry the CSRF token by themselves. */
export type Auth =
  | { readonly kind: 'session' }
  | { readonly kind: 'basic'; readonly login: string; readonly secret: string }
  | { readonly kind: 'bearer'; readonly secret: string };

export interface ClientOptions {
  /** Where the server answers, e.g. `https://files.example.org`; empty: the page's own origin. */
  readonly baseUrl?: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly auth?: Auth;
}

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type Field<Name extends string, T> = [T] extends [undefined]
  ? { readonly [K in Name]?: undefined }
  : [RequiredKeys<T>] extends [never]
    ? { readonly [K in Name]?: T }
    : { readonly [K in Name]: T };
type BodyField<R extends Route> = R extends { readonly bodyKind: 'stream' }
  ? { readonly body: BodyInit }
  : Field<'body', Body<R>>;

/** What a route takes; a field is required exactly if the schema requires something in it. */
export type Input<R extends Route> = Field<'params', Params<R>> &
  Field<'query', Query<R>> &
  BodyField<R> &
  CallOptions;
/** Streams come as the bare fetch Response; routes without a body as undefined. */
export type Output<R extends Route> = R extends { readonly responseKind: 'stream' | 'events' }
  ? globalThis.Response
  : R extends { readonly responseKind: 'empty' }
    ? undefined
    : Answer<R>;

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

type Arguments<R extends Route> = [RequiredKeys<Input<R>>] extends [never]
  ? [input?: Input<R>]
  : [input: Input<R>];

/** The loose shape behind the types, for building a request. */
interface Parts extends CallOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export interface Client {
  /** @throws ApiError with the server's code; `unavailable` where nothing answers */
  call<K extends RouteId>(id: K, ...args: Arguments<Routes[K]>): Promise<Output<Routes[K]>>;
  /** The address of a route, for links, `<img>`, EventSource and XMLHttpRequest. */
  url<K extends RouteId>(id: K, input?: Pick<Parts, 'params' | 'query'>): string;
  /** Headers that authenticate a request made without `call`; `change`: with the CSRF token. */
  headers(change: boolean): Record<string, string>;
  /** What changed, as it changes; reconnects by itself and misses nothing. Ends when `signal` aborts. */
  events(options?: EventsOptions): AsyncIterable<LiveEvent>;
}

/** Answers that say who is signed in. */
const bringsToken: ReadonlySet<RouteId> = new Set<RouteId>([
  'me',
  'login',
  'runSetup',
  'secondStep',
  'passkeyLogin',
  'impersonate',
]);

/** A client typed by the route definitions; without state but the CSRF token, which `me` and every log-in bring. */
export function createClient(options: ClientOptions = {}): Client {
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);
  const auth = options.auth ?? { kind: 'session' };
  let csrfToken: string | null = null;

  const headers = (change: boolean): Record<string, string> => ({
    ...authorization(auth),
    ...(change && csrfToken !== null ? { 'x-csrf-token': csrfToken } : {}),
  });
  const url = (id: RouteId, input: Pick<Parts, 'params' | 'query'> = {}): string =>
    addressOf(options.baseUrl ?? '', routes[id], input);

  const request = async (route: Route, address: string, input: Parts): Promise<globalThis.Response> => {
    const changes = route.method !== 'GET' && route.method !== 'HEAD';
    const init: RequestInit & { duplex?: 'half' } = {
      method: route.method,
      headers: {
        accept: 'application/json',
        'x-requested-with': 'volvox',
        ...headers(changes),
        ...contentType(route, input),
        ...input.headers,
      },
      credentials: auth.kind === 'session' ? 'same-origin' : 'omit',
      ...bodyOf(route, input),
      ...(input.signal ? { signal: input.signal } : {}),
    };
    const response = await send(address, init).catch((error: unknown) =>
      Promise.reject(networkError(error, input.signal)),
    );
    if (!response.ok) throw await errorOf(response);
    return response;
  };

  return {
    url,
    headers,
    events: (eventsOptions = {}) =>
      followEvents((query, extra) => request(routes.events, url('events', { query }), extra), eventsOptions),
    async call<K extends RouteId>(id: K, ...args: Arguments<Routes[K]>): Promise<Output<Routes[K]>> {
      const route: Route = routes[id];
      const input: Parts = args[0] ?? {};
      const response = await request(route, url(id, input), input);
      const output = await outputOf(route, response);
      if (bringsToken.has(id)) csrfToken = (output as Me).csrfToken;
      if (id === 'logout') csrfToken = null;
      return output as Output<Routes[K]>; // the edge: the server's answers keep the route's schema
    },
  };
}

function authorization(auth: Auth): Record<string, string> {
  if (auth.kind === 'session') return {};
  if (auth.kind === 'bearer') return { authorization: `Bearer ${auth.secret}` };
  const bytes = new TextEncoder().encode(`${auth.login}:${auth.secret}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function addressOf(baseUrl: string, route: Route, input: Pick<Parts, 'params' | 'query'>): string {
  const path = route.path.replace(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(String(input.params?.[name])),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  const text = query.toString();
  return `${baseUrl.replace(/\/+$/, '')}/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

function contentType(route: Route, input: Parts): Record<string, string> {
  if (route.bodyKind === 'stream') return { 'content-type': 'application/octet-stream' };
  return input.body === undefined ? {} : { 'content-type': 'application/json' };
}

function bodyOf(route: Route, input: Parts): { body?: BodyInit; duplex?: 'half' } {
  if (input.body === undefined) return {};
  if (route.bodyKind !== 'stream') return { body: JSON.stringify(input.body) };
  const body = input.body as BodyInit;
  return body instanceof ReadableStream ? { body, duplex: 'half' } : { body };
}

async function outputOf(route: Route, response: globalThis.Response): Promise<unknown> {
  if (route.responseKind === 'stream' || route.responseKind === 'events') return response;
  if (route.responseKind === 'empty' || response.status === 204) {
    await response.body?.cancel();
    return undefined;
  }
  return response.json();
}
