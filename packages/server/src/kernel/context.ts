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

/**
 * `signin`: all that a session has whose owner must first set up a second factor or another password; nothing but that.
 * `files:drop`: to put new files in, through uploads only; nothing can be seen with it.
 */
export type ScopeName = 'files:read' | 'files:write' | 'files:drop' | 'account' | 'admin' | 'signin';

/**
 * Somebody who came through a public link: acts with the roles of the link's owner, but only at and below these nodes and with at most
 * these permissions (bits of the access service). What the owner may not do, a visitor may not either.
 */
export interface Confinement {
  readonly linkId: string;
  readonly ownerId: string;
  readonly roots: ReadonlyMap<string, number>;
  /** Of the visit's cookie; null where the link needs none. */
  readonly visitId: string | null;
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
  /** When the first of what it is made of ends by the clock (a guest's account, a membership): from then on it is read anew. Absent: never. */
  readonly validUntil?: number;
  /** A user of kind guest: of no group, unseen by others, and can't invite. */
  readonly guest?: true;
  /** Set for visitors of a public link. */
  readonly confined?: Confinement;
  /** The admin who acts as this user. */
  readonly impersonatorId?: string;
  /** Of the system, which may do everything: the person whose request it works for. Records name that person. */
  readonly askedBy?: string;
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
