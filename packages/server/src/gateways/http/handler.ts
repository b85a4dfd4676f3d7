import type { Body, Params, Query, Response, Route, Routes } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { GatewayRequest } from '../contract.ts';
import type { RequestScope } from './request-scope.ts';

/** Bytes as the answer: a file, a zip, a live stream. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** A function writes the response by itself (server-sent events). */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null | ((request: GatewayRequest) => Promise<void>);
}

/** What a handler gets: the parts of the request, checked against the route's schemas, and who asks. */
export interface Call<R extends Route> {
  /** null on public routes: nobody was authenticated */
  readonly context: R extends { readonly permission: 'public' } ? null : Context;
  readonly scope: RequestScope;
  readonly params: Params<R>;
  readonly query: Query<R>;
  readonly body: R extends { readonly bodyKind: 'stream' } ? undefined : Body<R>;
  setStatus(status: number): void;
  setHeader(name: string, value: string): void;
}

export type Result<R extends Route> = R extends { readonly responseKind: 'stream' | 'events' }
  ? StreamAnswer
  : R extends { readonly responseKind: 'empty' }
    ? void
    : Response<R>;

export type Handler<R extends Route> = (call: Call<R>) => Promise<Result<R>>;

/** One handler per route of the wire contract: a missing one does not compile. */
export type Handlers = { readonly [K in keyof Routes]: Handler<Routes[K]> };
export type RouteId = keyof Routes;
