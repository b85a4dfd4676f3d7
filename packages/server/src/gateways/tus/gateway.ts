import type { Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { GatewayRequest, RawGateway, Services } from '../contract.ts';
import { placedIdentity } from '../circumstances.ts';
import { createAuthenticator } from '../http/authentication.ts';
import { requireDoor } from '../http/links/visitor-routes.ts';
import { requirePermission } from '../http/permission.ts';
import { sendTusError } from './answer.ts';
import { checkVersion, prefix } from './headers.ts';
import { handleCreate } from './create.ts';
import { handleAppend } from './append.ts';
import { handleGet, handleHead, handleOptions, handleRemove } from './look.ts';
import type { TusRequest } from './request.ts';

type Method = (tus: TusRequest, id: string) => Promise<void>;

const onUpload: Readonly<Record<string, Method>> = {
  HEAD: handleHead,
  PATCH: handleAppend,
  DELETE: handleRemove,
  GET: handleGet,
};

/** Resumable uploads by tus 1.0 (tus.io), all of its extensions; see docs/decisions/0004-tus.md. */
export function createTusGateway(
  services: Services,
  options: { readonly publicUrl?: string } = {},
): RawGateway {
  const identity = placedIdentity(services.identity, services.access, 'api');
  const authenticator = createAuthenticator(identity, options.publicUrl);
  return {
    prefix,
    visitors: true,
    async handle(request) {
      try {
        const method = methodOf(request);
        const path = (request.raw.url ?? '').split('?', 1)[0] ?? '';
        const id = path.slice(prefix.length).replace(/^\/|\/$/g, '');
        if (method === 'OPTIONS') return handleOptions(request);
        const principal = await authenticator.authenticate(request);
        request.user = principal.login;
        if (request.link != null) await admitVisitor(services, principal, method);
        else requirePermission(principal, method === 'GET' || method === 'HEAD' ? 'node:read' : 'node:write');
        if (method !== 'GET') checkVersion(request.raw.headers);
        const context = {
          principal,
          requestId: request.id,
          signal: request.signal,
          lockTokens: [],
          origin: request.client,
        };
        const tus: TusRequest = { services, request, context, headers: request.raw.headers };
        if (id === '' && method === 'POST') return await handleCreate(tus);
        const handle = id === '' ? undefined : onUpload[method];
        if (handle === undefined)
          throw new AppError('unsupported', `${method} is not offered here`, {
            details: { allow: id === '' ? 'OPTIONS, POST' : 'OPTIONS, HEAD, PATCH, DELETE, GET' },
          });
        await handle(tus, id); // an id needs no encoding: what has one is none
      } catch (error) {
        sendTusError(request, error);
      }
    },
  };
}

/** Visitors bring files; what was brought is looked at by the routes of the link, or not at all. */
async function admitVisitor({ sharing }: Services, principal: Principal, method: string): Promise<void> {
  if (method === 'GET') throw new AppError('forbidden', 'this is not for visitors of a link');
  await sharing.visitOf(principal); // by the clock and the policies of now
  requireDoor(principal, 'bring');
}

/** For clients that can send nothing but POST. */
function methodOf(request: GatewayRequest): string {
  const told = request.raw.headers['x-http-method-override'];
  const method = request.raw.method ?? '';
  if (typeof told !== 'string' || method !== 'POST') return method;
  return told.toUpperCase();
}
