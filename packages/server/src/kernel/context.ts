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
  /** Where the request came from, for records; decides nothing. Absent for what the system does by itself. */
  readonly origin?: RequestOrigin;
}

export interface RequestOrigin {
  /** After VOLVOX_TRUST_PROXY. */
  readonly address: string;
  readonly userAgent: string;
}

/** `files:drop`: to put new files in, through uploads only; nothing can be seen with it. */
export type ScopeName = 'files:read' | 'files:write' | 'files:drop' | 'account' | 'admin';

/**
 * Somebody who came through a public link: acts with the roles of the link's owner, but only at and below these nodes and with at most
 * these permissions (bits of the access service). What the owner may not do, a visitor may not either.
 */
export interface Confinement {
  readonly linkId: string;
  readonly ownerId: string;
  readonly roots: ReadonlyMap<string, number>;
}

export interface Principal {
  /** `null`: the system itself (duties, set-up), which may do everything. Of a visitor: the id of the link. */
  readonly userId: string | null;
  readonly login: string;
  readonly admin: boolean;
  /** Role ids, weakest first: root group ... own group, teams, assigned (by position), admins, own user role. The later one wins. */
  readonly roles: readonly string[];
  readonly scopes: readonly ScopeName[];
  readonly via: 'system' | 'session' | 'password' | 'token' | 'oidc' | 'link';
  readonly sessionId: string | null;
  readonly tokenId: string | null;
  readonly epoch: number;
  /** Set for visitors of a public link. */
  readonly confined?: Confinement;
  /** The admin who acts as this user. */
  readonly impersonatorId?: string;
  /** What context policies ask for; set by the gateway where any policy exists. */
  readonly circumstances?: Circumstances;
}

export interface Circumstances {
  readonly address: string;
  readonly client: 'web' | 'dav' | 'api' | 'link';
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
