import type { Connection, OidcClient, OidcClientInput, OidcDevice, OidcInteraction } from '@volvox/api';
import type { JWK } from 'jose';
import type { Context } from '../../kernel/context.ts';
import type { ClientInfo, Verifier } from '../identity/api.ts';

/** What the protocol keeps: sessions, interactions, grants, codes, tokens. Fields are those of oidc-provider's models. */
export type Payload = Readonly<Record<string, unknown>>;

export interface KeptRecord {
  readonly payload: Payload;
  /** Milliseconds left, by the clock of the cluster. */
  readonly leftMs: number;
  /** Of provider sessions: the session of ours that it mirrors. */
  readonly sessionId: string | null;
  readonly createdAt: number;
}

/** The provider's storage. Each call is one statement; an id is never kept, only a keyed hash of it. */
export interface OidcRecords {
  /** @param sessionId of a provider session: the session of ours */
  put(
    model: string,
    id: string,
    payload: Payload,
    ttlSeconds: number,
    sessionId?: string | null,
  ): Promise<void>;
  /** Expired ones are given, with what is left at 0 or less; null if there is none. */
  find(model: string, id: string): Promise<KeptRecord | null>;
  findByUid(uid: string): Promise<KeptRecord | null>;
  findByUserCode(userCode: string): Promise<KeptRecord | null>;
  /** Marks it as used. @returns whether this call did: of many at once, on whatever node, exactly one does */
  consume(model: string, id: string): Promise<boolean>;
  remove(model: string, id: string): Promise<void>;
  /** Those of one model that hang on a grant. */
  removeByGrant(model: string, grantId: string): Promise<void>;
}

/** As oidc-provider takes it (RFC 7591 names). */
export type ClientMetadata = Readonly<Record<string, unknown>>;

export interface RegisteredClient {
  readonly metadata: ClientMetadata;
  /** Ours, or one that an administrator trusts like ours: its users are not asked for consent. */
  readonly firstParty: boolean;
  /** Hex SHA-256; null: public. */
  readonly secretHash: string | null;
}

/** Who gives these away must have just shown to be the person: an app that has them can take the account over. */
export const provenScopes: readonly string[] = ['account', 'admin'];

export type InteractionStep =
  | { readonly kind: 'redirect'; readonly to: string }
  /** The client wants the person to sign in anew. */
  | { readonly kind: 'reauthenticate' }
  | { readonly kind: 'consent'; readonly interaction: OidcInteraction };

export interface OidcService {
  readonly records: OidcRecords;
  /** Signs the provider's cookies; the same on all nodes. */
  readonly cookieKey: string;
  /** Private keys, the one that signs first, the next one published beside it; `revision` changes when they do. */
  keys(): Promise<{ readonly revision: string; readonly keys: readonly JWK[] }>;
  /** Makes the next key when the time has come, lets go of those that are over. @returns how many were made and removed */
  rotateKeys(): Promise<{ readonly made: number; readonly removed: number }>;

  /** Null: unknown. */
  client(id: string): Promise<RegisteredClient | null>;
  /** Of what a grant was given, what counts now: what its client may ask for, and what needs a proof only with one. */
  scopesWorth(grant: Payload): Promise<readonly string[]>;
  clients(context: Context): Promise<readonly OidcClient[]>;
  /** @returns the secret, which is shown this once; null for a public client */
  createClient(
    context: Context,
    input: OidcClientInput,
  ): Promise<{ readonly client: OidcClient; readonly secret: string | null }>;
  updateClient(context: Context, id: string, input: OidcClientInput): Promise<OidcClient>;
  /** The old secret ends at once. */
  newSecret(context: Context, id: string): Promise<string>;
  /** Ends every grant that it has. */
  deleteClient(context: Context, id: string): Promise<void>;

  /** A session of ours signed somebody in at a client that wants to hear of its end. */
  noteLogin(login: {
    readonly sessionId: string;
    readonly clientId: string;
    readonly userId: string;
    readonly sid: string;
    readonly issuer: string;
  }): Promise<void>;
  /** Finds sessions that have ended and tells their clients; again where that failed, with growing pauses, for a day. */
  sendLogouts(signal: AbortSignal): Promise<{ readonly sent: number; readonly failed: number }>;

  /** What comes next for the person in front of an authorization request. @throws not_found, forbidden (somebody else's) */
  interaction(context: Context, uid: string): Promise<InteractionStep>;
  /** @returns where the browser goes on */
  decide(context: Context, uid: string, allow: boolean): Promise<string>;
  /** Whether a browser, signed in by that session, may go on with a request: what a person has said yes to counts with the very session that said so. */
  mayResume(
    interaction: Payload,
    by: { readonly userId: string; readonly sessionId: string } | null,
  ): boolean;
  /** What waits behind a device's code. @throws not_found (also for used and expired codes), too_many_requests */
  device(context: Context, userCode: string): Promise<OidcDevice>;
  decideDevice(context: Context, userCode: string, allow: boolean): Promise<void>;

  /** The apps that may act as the person. */
  connections(context: Context): Promise<readonly Connection[]>;
  /** Every token of it ends at once, on all nodes. */
  revokeConnection(context: Context, id: string): Promise<void>;
  /** For the records: a code or token was brought that had been used before. */
  noteReuse(model: string, payload: Payload, from: ClientInfo): Promise<void>;
  /** Ends a grant by its own id: a code or refresh token came twice. */
  revokeGrant(grantId: string): Promise<void>;

  /** The clock of the cluster, ms. */
  now(): number;
  /** Whether a session of ours still stands. */
  isLive(sessionId: string): Promise<boolean>;
  /** For identity: access tokens as credentials of our own API. Void with their grant, their session and their user. */
  readonly accessTokens: Verifier<string>;
  /** @returns how many records were removed that nobody can use any more */
  expire(): Promise<number>;
}
