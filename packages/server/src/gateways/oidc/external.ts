/** The two addresses of a log-in by a provider outside: where it starts, and where the browser comes back to. */
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { GatewayRequest, Services } from '../contract.ts';
import { deviceCookie, readCookie, sessionCookieHeader } from '../http/cookies.ts';

const prefix = '/auth/external/';
const flowCookie = 'volvox_external';

export function isExternal(url: string): boolean {
  return url.startsWith(prefix);
}

/** @param origin of our own address @param sessionId of the session that the browser has */
export async function handleExternal(
  services: Pick<Services, 'connectors'>,
  request: GatewayRequest,
  origin: string,
  sessionId: string | null,
): Promise<void> {
  const url = new URL(request.raw.url ?? '/', origin);
  const match = /^\/auth\/external\/([0-9a-f-]{36})\/(start|callback)$/.exec(url.pathname);
  const [, id, step] = match ?? [];
  if (id === undefined) throw new AppError('not_found', 'there is no such address');
  if (request.raw.method !== 'GET')
    throw new AppError('unsupported', 'only GET is offered here', { details: { allow: 'GET' } });
  if (step === 'start') await start(services, request, origin, id, { query: url.searchParams, sessionId });
  else await arrive(services, request, origin, id, { url, sessionId });
}

async function start(
  { connectors }: Pick<Services, 'connectors'>,
  request: GatewayRequest,
  origin: string,
  id: string,
  { query, sessionId }: { readonly query: URLSearchParams; readonly sessionId: string | null },
): Promise<void> {
  const token = query.get('link');
  const link = token === null ? null : { token, sessionId };
  const { address, cookie } = await connectors.start(id, origin, query.get('return') ?? '/', link);
  leave(request, address, [cookieHeader(cookie, origin, 600)]);
}

async function arrive(
  { connectors }: Pick<Services, 'connectors'>,
  request: GatewayRequest,
  origin: string,
  id: string,
  { url, sessionId }: { readonly url: URL; readonly sessionId: string | null },
): Promise<void> {
  const { cookie } = request.raw.headers;
  const over = cookieHeader('', origin, 0);
  try {
    const flow = readCookie(cookie, flowCookie);
    const device = readCookie(cookie, deviceCookie);
    const { session, returnTo } = await connectors.arrive(id, url, flow, {
      client: request.client,
      ...{ device, sessionId },
    });
    if (session === null) return leave(request, returnTo, [over]);
    request.user = session.principal.login;
    const opened = sessionCookieHeader(session.secret, origin.startsWith('https:'), null);
    leave(request, returnTo, [over, opened]);
  } catch (error) {
    // Who is signed in has come from the page of the account, to link it.
    const page = sessionId === null ? '/login' : '/account';
    leave(request, `${page}#${problemOf(request, error)}`, [over]);
  }
}

/** For the page, behind `#`, which no log and no other site sees. */
function problemOf(request: GatewayRequest, error: unknown): string {
  if (!isAppError(error)) {
    request.log.error({ err: error }, 'a log-in by another provider failed');
    return 'external=internal';
  }
  if (error.code === 'second_factor_required') {
    const { challenge, methods } = error.details;
    const words = Array.isArray(methods) ? methods.join(',') : '';
    return new URLSearchParams({ second: String(challenge), methods: words }).toString();
  }
  request.log.info({ code: error.code, reason: error.message }, 'a log-in by another provider was refused');
  const { reason } = error.details;
  return new URLSearchParams({ external: typeof reason === 'string' ? reason : error.code }).toString();
}

function cookieHeader(value: string, origin: string, seconds: number): string {
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  return `${flowCookie}=${value}; Path=/auth/external; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}

function leave({ res }: GatewayRequest, address: string, cookies: readonly string[]): void {
  res.writeHead(303, {
    Location: address,
    'Set-Cookie': [...cookies],
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'Content-Length': 0,
  });
  res.end();
}
