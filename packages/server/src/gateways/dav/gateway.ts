import { systemClock, type Clock } from '../../kernel/clock.ts';
import type { Context, Principal, RequestOrigin } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { GatewayRequest, RawGateway, Services } from '../contract.ts';
import { placedIdentity } from '../circumstances.ts';
import { sendEmpty, sendError } from './answer.ts';
import { RequestBody } from './body.ts';
import { parseAuthorization } from './credentials.ts';
import { Refusal } from './errors.ts';
import { parseIf, submittedTokens } from './if-header.ts';
import { allow, methods } from './methods.ts';
import { parseTarget, prefix, type DavPath } from './path.ts';
import type { DavRequest } from './request.ts';
import { admitVisitor, asVisitor } from './visitors.ts';
import { escapeText } from './xml-out.ts';

export interface DavOptions {
  /** The server's public address (VOLVOX_URL), where a proxy changes the Host header. */
  readonly publicUrl?: string | null;
  readonly clock?: Clock;
}

/** WebDAV class 1, 2 and 3 (RFC 4918): protocol in, protocol out; the rules are those of the services. */
export function createDavGateway(services: Services, options: DavOptions = {}): RawGateway {
  const clock = options.clock ?? systemClock;
  const publicHost = options.publicUrl == null ? null : new URL(options.publicUrl).host;
  return {
    prefix: `/${prefix}`,
    async handle(request) {
      const body = new RequestBody(request.raw, request.res);
      let asker: Context | null = null;
      try {
        const { raw, res } = request;
        const path = parseTarget(raw.url ?? '');
        if (raw.method === 'OPTIONS')
          return sendEmpty(res, 200, { DAV: '1, 2, 3', 'MS-Author-Via': 'DAV', Allow: allow });
        const method = methods.get(raw.method ?? '');
        if (method === undefined)
          throw new Refusal(405, 'unsupported', 'this method is not known here', {
            headers: { Allow: allow },
          });
        const host = raw.headers.host ?? '';
        const hosts = publicHost === null ? [host] : [host, publicHost];
        const ifGroups = raw.headers['if'] === undefined ? null : parseIf(String(raw.headers['if']));
        const context = await authenticate(
          services,
          request,
          ifGroups === null ? [] : submittedTokens(ifGroups),
        );
        asker = context;
        if (!context.principal.scopes.includes(method.scope))
          throw new AppError('forbidden', `these credentials lack the scope ${method.scope}`);
        await admitVisitor(services, context, raw.method ?? '');
        await method.handle(davRequest(services, clock, request, body, context, path, ifGroups, hosts));
      } catch (error) {
        if (isAppError(error, 'forbidden') && asker !== null)
          await services.audit.denied(asker, { permission: request.raw.method ?? '', route: prefix });
        await sendError({ request, body }, error, escapeText(request.raw.url ?? ''));
      }
    },
  };
}

function davRequest(
  services: Services,
  clock: Clock,
  request: GatewayRequest,
  body: RequestBody,
  context: Context,
  path: DavPath,
  ifGroups: DavRequest['ifGroups'],
  hosts: readonly string[],
): DavRequest {
  const { raw, res } = request;
  return {
    services,
    clock,
    request,
    res,
    headers: raw.headers,
    method: raw.method ?? '',
    path,
    body,
    context,
    ifGroups,
    hosts,
  };
}

async function authenticate(
  services: Services,
  request: GatewayRequest,
  lockTokens: readonly string[],
): Promise<Context> {
  const credentials = parseAuthorization(request.raw.headers.authorization);
  if (credentials === null) throw new AppError('unauthenticated', 'credentials are needed');
  const identity = placedIdentity(services.identity, services.access, 'dav');
  const principal = await identity.authenticate(asVisitor(credentials), request.client);
  request.user = principal.login;
  return new DavContext(request, principal, lockTokens);
}

/**
 * Its signal is made when somebody asks for it; most requests end before anybody does. A class, because V8 makes a hidden class of its own for
 * each literal with a getter, which keeps the whole request until the next full collection.
 */
class DavContext implements Context {
  readonly principal: Principal;
  readonly requestId: string;
  readonly lockTokens: readonly string[];
  readonly origin: RequestOrigin;
  readonly #request: GatewayRequest;

  constructor(request: GatewayRequest, principal: Principal, lockTokens: readonly string[]) {
    this.#request = request;
    this.principal = principal;
    this.requestId = request.id;
    this.lockTokens = lockTokens;
    this.origin = request.client;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}
