import type { Static, TSchema } from 'typebox';

/**
 * What a route needs before its handler runs. `node:*` is decided per node by the access service inside the called
 * service; the gateway checks that the credential's scopes cover it.
 */
export type RoutePermission =
  | 'public' // nobody needs to be signed in
  | 'signin' // any session, also one that must first set up a second factor or another password
  | 'self' // any signed-in person, on what is theirs
  | 'node:read'
  | 'node:write'
  | 'node:share'
  | 'node:manage'
  | 'link' // a visitor of a public link, below /s/<token> only
  | 'directory' // admins, and group administrators for their groups: the identity service decides whom they reach
  | 'admin';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** A route of the wire contract. Bodies are JSON unless `bodyKind`/`responseKind` say otherwise. */
export interface Route {
  readonly id: string;
  readonly method: HttpMethod;
  /** Path below `/api/v1`, parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly permission: RoutePermission;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly headers?: TSchema;
  readonly body?: TSchema;
  readonly bodyKind?: 'json' | 'stream';
  readonly response?: TSchema;
  readonly responseKind?: 'json' | 'stream' | 'events' | 'empty';
  /** Status of success; 200 with a response, 204 without, unless given. */
  readonly status?: number;
}

/** Keeps the literal types of a route, so that client and server infer from it. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}

type Part<R, K extends keyof Route> = R extends { readonly [P in K]: infer S extends TSchema }
  ? Static<S>
  : undefined;
export type Params<R extends Route> = Part<R, 'params'>;
export type Query<R extends Route> = Part<R, 'query'>;
export type Body<R extends Route> = Part<R, 'body'>;
export type Response<R extends Route> = Part<R, 'response'>;
