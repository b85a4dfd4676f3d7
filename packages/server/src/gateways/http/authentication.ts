import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../kernel/errors.ts';
import { systemPrincipal, type Principal } from '../../kernel/context.ts';
import type { Credentials, IdentityService } from '../../services/identity/api.ts';
import type { GatewayRequest } from '../contract.ts';
import { readCookie, sessionCookie, visitCookie } from './cookies.ts';

/** Who asks: Authorization first, else the session cookie; and whether another site made the browser ask (CSRF). */
export interface Authenticator {
  /**
   * `limited`: sessions that must first be completed are welcome, too.
   * @throws unauthenticated without valid credentials, forbidden for a change that a foreign page caused
   */
  authenticate(request: GatewayRequest, options?: { readonly limited?: boolean }): Promise<Principal>;
  /** For public changes (login, set-up), where there is no session to protect yet. @throws forbidden */
  requireOwnOrigin(request: GatewayRequest): void;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createAuthenticator(
  identity: Pick<IdentityService, 'authenticate' | 'csrfToken'>,
  publicUrl?: string,
): Authenticator {
  const ownOrigin = publicUrl === undefined ? null : new URL(publicUrl).origin;

  const requireOwnOrigin = (request: GatewayRequest): void => {
    if (!isOwnOrigin(request.raw, ownOrigin))
      throw new AppError('forbidden', 'this change was asked for by another site', {
        details: { reason: 'cross_origin' },
      });
  };
  const requireCsrfToken = (raw: IncomingMessage, session: string): void => {
    const sent = raw.headers['x-csrf-token'];
    if (typeof sent !== 'string' || !equal(sent, identity.csrfToken(session))) {
      throw new AppError('forbidden', 'X-CSRF-Token is missing or wrong', { details: { reason: 'csrf' } });
    }
  };

  return {
    requireOwnOrigin,
    async authenticate(request, options) {
      if (request.link != null) {
        // Neither session nor Authorization counts here: who is signed in is a visitor like any other.
        if (!safeMethods.has(request.raw.method ?? '')) requireOwnOrigin(request);
        const secret = readCookie(request.raw.headers.cookie, visitCookie) ?? '';
        const { token } = request.link;
        return identity.authenticate({ kind: 'link', token, secret, by: 'cookie' }, request.client);
      }
      const credentials = credentialsOf(request.raw);
      if (credentials === null) throw new AppError('unauthenticated', 'sign in first');
      if (!safeMethods.has(request.raw.method ?? '') && credentials.kind !== 'bearer') {
        requireOwnOrigin(request); // browsers add cookies and remembered passwords to what other sites send
        if (credentials.kind === 'session') {
          const principal = await identity.authenticate(credentials, request.client, options);
          requireCsrfToken(request.raw, credentials.secret);
          return principal;
        }
      }
      return identity.authenticate(credentials, request.client, options);
    },
  };
}

/** Of the control socket: who may connect has the stores anyway. */
export const systemAuthenticator: Authenticator = {
  authenticate: async ({ link }) => {
    if (link != null) throw new AppError('not_found', 'there is no such link');
    return systemPrincipal;
  },
  requireOwnOrigin: () => {},
};

function credentialsOf(raw: IncomingMessage): Credentials | null {
  const header = raw.headers.authorization;
  if (header === undefined) {
    const secret = readCookie(raw.headers.cookie, sessionCookie);
    return secret === null ? null : { kind: 'session', secret };
  }
  const space = header.indexOf(' ');
  const scheme = header.slice(0, space).toLowerCase();
  const rest = header.slice(space + 1).trim();
  if (space < 0 || rest === '')
    throw new AppError('unauthenticated', 'the Authorization header is malformed');
  if (scheme === 'bearer') return { kind: 'bearer', secret: rest };
  if (scheme !== 'basic') throw new AppError('unauthenticated', 'only Basic and Bearer are taken');
  const text = Buffer.from(rest, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw new AppError('unauthenticated', 'the Authorization header is malformed');
  return { kind: 'basic', login: text.slice(0, colon), secret: text.slice(colon + 1) };
}

/** Sec-Fetch-Site can't be forged by a page and survives proxies that rewrite Host; older browsers send Origin; programs neither. */
function isOwnOrigin(raw: IncomingMessage, ownOrigin: string | null): boolean {
  const site = raw.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = raw.headers.origin;
  if (origin === undefined) return true;
  if (origin === ownOrigin) return true;
  const match = /^https?:\/\/([^/]+)$/.exec(origin);
  const hosts = [raw.headers.host, raw.headers['x-forwarded-host']]; // a page can set neither
  return match?.[1] !== undefined && hosts.includes(match[1]);
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * What a 401 asks for. Basic makes a browser ask for a password by itself: right for somebody who opened an address,
 * wrong under a script or a page with a session of its own.
 */
export function challengeOf(raw: IncomingMessage): string {
  const { headers } = raw;
  const mode = headers['sec-fetch-mode'];
  const scripted = headers['x-requested-with'] !== undefined || (mode !== undefined && mode !== 'navigate');
  const paged = readCookie(headers.cookie, sessionCookie) !== null || headers['x-csrf-token'] !== undefined;
  return scripted || paged ? 'Bearer realm="Volvox"' : 'Basic realm="Volvox", charset="UTF-8"';
}
