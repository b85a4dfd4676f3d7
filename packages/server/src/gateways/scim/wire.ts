/** What SCIM answers are made of (RFC 7644 sections 3.4.2 and 3.12). */
import type { ServerResponse } from 'node:http';
import { AppError } from '../../kernel/errors.ts';

export type Json = { readonly [key: string]: unknown };

export const urn = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
} as const;

export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'uniqueness';

/** A refusal that SCIM has a name for. */
export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType;
  constructor(status: number, scimType: ScimType, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.status = status;
    this.scimType = scimType;
  }
}

const statuses: Partial<Record<AppError['code'], number>> = {
  invalid_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  too_many_requests: 429,
  unsupported: 501,
  read_only: 503,
  unavailable: 503,
};

export function send(res: ServerResponse, status: number, body: Json | null, location?: string): void {
  res.statusCode = status;
  res.setHeader('Cache-Control', 'no-store');
  if (location !== undefined) res.setHeader('Location', location);
  if (body === null) return void res.end();
  res.setHeader('Content-Type', 'application/scim+json; charset=utf-8');
  res.end(JSON.stringify(body));
}

/** Faults of ours are told without their inside. */
export function sendFault(res: ServerResponse, error: unknown): void {
  if (res.headersSent) return void res.destroy();
  const status =
    error instanceof ScimError
      ? error.status
      : error instanceof AppError
        ? (statuses[error.code] ?? 500)
        : 500;
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer realm="volvox"');
  if (status === 429 && error instanceof AppError) {
    const after = error.details['retryAfter'];
    if (typeof after === 'number') res.setHeader('Retry-After', Math.ceil(after));
  }
  const scimType =
    error instanceof ScimError
      ? error.scimType
      : status === 409
        ? 'uniqueness'
        : status === 400
          ? 'invalidValue'
          : undefined;
  const detail = status === 500 || !(error instanceof Error) ? 'a fault of the server' : error.message;
  send(res, status, {
    schemas: [urn.error],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail,
  });
}

export interface Paging {
  /** From 1. */
  readonly startIndex: number;
  readonly count: number;
}

const maxCount = 1000;

/** Values out of range are brought into it, as RFC 7644 section 3.4.2.4 says. */
export function pagingOf(query: URLSearchParams): Paging {
  const number = (name: string, otherwise: number): number => {
    const value = Number.parseInt(query.get(name) ?? '', 10);
    return Number.isNaN(value) ? otherwise : value;
  };
  return {
    startIndex: Math.max(1, number('startIndex', 1)),
    count: Math.min(maxCount, Math.max(0, number('count', 100))),
  };
}

export function listOf(resources: readonly Json[], total: number, startIndex: number): Json {
  return {
    schemas: [urn.list],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
