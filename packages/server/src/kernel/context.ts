/**
 * Who asks, and for how long the answer matters. Handed to every service call. `principal.epoch` is the access epoch
 * that the credentials were checked at; writes read it again inside their transaction.
 */
export interface Context {
  readonly principal: Principal;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** WebDAV lock tokens that the client submitted (RFC 4918 section 10.4); empty elsewhere. */
  readonly lockTokens: readonly string[];
}

export type ScopeName = 'files:read' | 'files:write' | 'account' | 'admin';

export interface Principal {
  /** `null`: the system itself (duties, set-up), which may do everything. */
  readonly userId: string | null;
  readonly login: string;
  readonly admin: boolean;
  /** Role ids, weakest first: root group ... own group, assigned, own user role. The later one wins (design.md, Permissions). */
  readonly roles: readonly string[];
  readonly scopes: readonly ScopeName[];
  readonly via: 'system' | 'session' | 'password' | 'token';
  readonly sessionId: string | null;
  readonly tokenId: string | null;
  readonly epoch: number;
}

const never = new AbortController().signal;

export const systemPrincipal: Principal = {
  userId: null,
  login: 'system',
  admin: true,
  roles: [],
  scopes: ['files:read', 'files:write', 'account', 'admin'],
  via: 'system',
  sessionId: null,
  tokenId: null,
  epoch: 0,
};

export function systemContext(requestId = 'system', signal: AbortSignal = never): Context {
  return { principal: systemPrincipal, requestId, signal, lockTokens: [] };
}
