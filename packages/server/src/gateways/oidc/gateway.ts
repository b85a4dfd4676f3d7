/** The OpenID Connect provider on the bare request: discovery at its well-known places, the rest below `/auth`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../kernel/errors.ts';
import type { GatewayRequest, RawGateway, Services } from '../contract.ts';
import { sendProblem } from '../http/problem-answer.ts';
import { handleExternal, isExternal } from './external.ts';
import { Mirror } from './mirror.ts';

export interface OidcGatewayOptions {
  /** VOLVOX_URL: the issuer. Without it this node is one by the address it listens on, for machines that can reach that. */
  readonly publicUrl?: string;
}

const prefixes = ['/auth', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];

export function createOidcGateways(
  services: Pick<Services, 'oidc' | 'identity' | 'settings' | 'connectors'>,
  options: OidcGatewayOptions = {},
): readonly RawGateway[] {
  const mirror = new Mirror(services.identity, () => services.oidc.now());
  let built: { readonly revision: string; readonly issuer: string; readonly handle: Handle } | null = null;

  const handlerFor = async (issuer: string): Promise<Handle> => {
    const { revision, keys } = await services.oidc.keys();
    if (built?.revision !== revision || built.issuer !== issuer) {
      // The library is large: a node loads it when somebody signs in through it.
      const { createProvider } = await import('./provider.ts');
      const provider = createProvider({ issuer, keys, services, mirror });
      built = { revision, issuer, handle: provider.callback() as Handle };
    }
    return built.handle;
  };

  const handle = async (request: GatewayRequest): Promise<void> => {
    const { raw, res } = request;
    try {
      const issuer = options.publicUrl ?? addressOf(raw.socket);
      mirror.take(request);
      if (isExternal(raw.url ?? '')) {
        const sessionId = (await mirror.of(raw))?.principal.sessionId ?? null;
        return await handleExternal(services, request, issuer, sessionId);
      }
      const run = await handlerFor(issuer);
      if (raw.headers.expect !== undefined) res.writeContinue();
      await run(raw, res);
    } catch (error) {
      sendProblem(request, error);
    }
  };
  return prefixes.map((prefix) => ({ prefix, handle }));
}

type Handle = (raw: IncomingMessage, res: ServerResponse) => Promise<void>;

function addressOf(socket: Socket): string {
  const { localAddress = '', localPort } = socket;
  if (localPort === undefined) throw new AppError('aborted', 'the client went away');
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  const host = localAddress.replace(/^::ffff:/, '');
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${localPort}`;
}
