import type { Context } from '../../kernel/context.ts';
import type { Json } from '../../stores/config/contract.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';

/**
 * What is recorded besides the changes of the journal. Never a secret among the details: name each fact. What is done to another's account says
 * in its details whose it is: {login, displayName}.
 */
export type SecurityKind =
  | 'auth.login' // details: {via, factor?, connector?}
  | 'auth.failed' // details: {login?, reason}. The login only where it exists: people type passwords into the wrong field
  | 'auth.locked'
  | 'auth.logout'
  | 'auth.step-up' // asked for once more, and given
  | 'password.changed'
  | 'password.demanded' // a new one by the next log-in. before/after: {demanded}
  | 'password.reset-requested'
  | 'password.reset'
  | 'factor.added' // details: {factor, label?}
  | 'factor.removed'
  | 'factor.reset' // by an administrator
  | 'recovery.used'
  | 'recovery.made'
  | 'token.created' // details: {tokenId, kind, label, scopes}
  | 'token.revoked'
  | 'token.reused' // a refresh token that had been used before: the family is void
  | 'session.revoked'
  | 'link.created'
  | 'link.updated'
  | 'link.revoked'
  | 'link.visited' // details: {linkId}
  | 'link.downloaded'
  | 'link.uploaded'
  | 'link.denied' // details: {linkId?, reason}
  | 'request.received' // files by a file request
  | 'share.changed'
  | 'guest.invited'
  | 'policy.changed'
  | 'data.exported' // personal data. details: {login, displayName}
  | 'directory.exported' // people as CSV. details: {users}: how many were asked for, null: all
  | 'setting.changed' // before/after: {value}; details: {key}
  | 'oidc.client' // details: {clientId, change}
  | 'oidc.grant' // details: {clientId, scopes}
  | 'oidc.keys'
  | 'connector.changed' // before/after without secrets
  | 'connector.synchronised' // details: {name, seen, created, updated, disabled, enabled}
  | 'scim.changed'
  | 'mail.settings' // details: {secrets: [names]}
  | 'mail.failed'
  | 'impersonation.begun'
  | 'impersonation.ended'
  | 'content.read' // details: {versionId?, via, bytes?}
  | 'access.denied' // details: {permission, count, route?}; gathered per minute
  | 'audit.exported'
  | 'audit.expired' // the oldest rows were removed. details: {upTo, rows}
  | 'audit.lost'; // details: {count}: events that could not be kept

export type Facts = { readonly [key: string]: Json };

export interface SecurityEvent {
  readonly kind: SecurityKind;
  /** Where it differs from the context's: whose log-in it is, who was impersonated. */
  readonly actorId?: string | null;
  readonly actorLogin?: string | null;
  readonly nodeId?: string | null;
  readonly workspaceId?: string | null;
  /** Whom it is about, where that is another than the actor: a user, group, role, link, client. */
  readonly subjectId?: string | null;
  readonly before?: Facts | null;
  readonly after?: Facts | null;
  readonly details?: Facts | null;
}

/** Where an event comes from: a context, or what is known before anybody is authenticated. */
export type AuditSource =
  | Pick<Context, 'principal' | 'requestId' | 'origin'>
  | { readonly address: string; readonly userAgent: string; readonly requestId?: string }
  | 'system';

/** One row of the chain. */
export interface AuditRow {
  readonly seq: number;
  /** Of the event as it was recorded; of a change, the id of its row in the journal. */
  readonly id: string;
  /** When it happened, ms; rows are in the order of sealing, which may be a little later. */
  readonly at: number;
  readonly kind: string;
  readonly actorId: string | null;
  readonly actorLogin: string | null;
  readonly impersonatorId: string | null;
  readonly address: string | null;
  /** User agent. */
  readonly client: string | null;
  readonly via: string | null;
  readonly requestId: string | null;
  readonly nodeId: string | null;
  readonly workspaceId: string | null;
  readonly subjectId: string | null;
  readonly before: Facts | null;
  readonly after: Facts | null;
  readonly details: Facts | null;
  readonly prevHash: string;
  /** SHA-256, hex, over the canonical JSON of everything above. */
  readonly hash: string;
}

/** Says, signed, that the chain was at `hash` after `seq`. */
export interface AuditCheckpoint {
  readonly seq: number;
  readonly at: number;
  readonly hash: string;
  /** Which of the public keys; the first 16 hex digits of its SHA-256. */
  readonly keyId: string;
  /** Ed25519 over the canonical JSON of the rest, base64url. */
  readonly signature: string;
}

export interface AuditFilter {
  readonly actorId?: string;
  /** Exact, or with a `*` at its end: `auth.*`. */
  readonly kind?: string;
  readonly nodeId?: string;
  readonly address?: string;
  readonly from?: number;
  readonly to?: number;
  /** In kind, login, client, before, after or details, without regard to case. */
  readonly text?: string;
}

export interface AuditVerdict {
  readonly ok: boolean;
  readonly rows: number;
  readonly first: number | null;
  readonly last: number | null;
  /** How many checkpoints were proved; rows after the last one rest on the chain alone. */
  readonly checkpoints: number;
  readonly signedUpTo: number | null;
  /** The first thing that is wrong, in words. */
  readonly fault: { readonly seq: number; readonly what: string } | null;
}

export interface AuditStatus {
  readonly head: number;
  readonly signedUpTo: number | null;
  /** Events that wait to be chained. */
  readonly pending: number;
  readonly keys: readonly { readonly id: string; readonly publicKey: string }[];
  readonly streams: readonly {
    readonly name: string;
    readonly position: number;
    readonly lag: number;
    readonly error: string | null;
  }[];
}

export interface AuditService {
  /** Keeps an event in the caller's transaction: what stands or falls with a change. */
  append(tx: SqlTransaction, source: AuditSource, event: SecurityEvent): Promise<void>;
  /**
   * Has kept an event when it resolves, in a transaction of its own: what was done without one, or only seen, and is to be kept before it is
   * answered. Where it throws, the event waits in memory for the database.
   */
  keep(source: AuditSource, event: SecurityEvent): Promise<void>;
  /**
   * Keeps an event soon (within a second, in a batch of its own); never throws, never waits. Lost where the process is killed before: for what
   * nobody is answered about.
   */
  record(source: AuditSource, event: SecurityEvent): void;
  /**
   * A read of content, if the setting `audit.reads` wants it; gathers repeated reads (ranges) of one file by one reader within a minute.
   * Cheap enough for each download.
   */
  read(
    source: AuditSource,
    read: {
      readonly nodeId: string;
      readonly workspaceId?: string | null;
      readonly versionId?: string | null;
      readonly bytes?: number;
    },
  ): void;
  /**
   * A refusal. The first of a minute, person, address and permission is kept when it resolves, the others of that minute are counted, so that a
   * scanner can't fill the log. Never throws.
   */
  denied(
    source: AuditSource,
    denial: { readonly permission: string; readonly nodeId?: string | null; readonly route?: string },
  ): Promise<void>;
  /** Newest first. The cursor is opaque. */
  query(
    filter: AuditFilter,
    limit: number,
    cursor?: string,
  ): Promise<{ readonly items: readonly AuditRow[]; readonly next: string | null }>;
  /** Rows in the order of the chain with the checkpoints among them, as JSON lines; of a filter's rows as CSV. */
  export(format: 'jsonl' | 'csv', filter: AuditFilter, signal: AbortSignal): AsyncIterable<string>;
  verify(signal: AbortSignal): Promise<AuditVerdict>;
  status(): Promise<AuditStatus>;
  /** Signs the chain as it is. */
  checkpoint(): Promise<void>;
  /** The key that webhook deliveries are signed with; null takes it away. */
  setWebhookSecret(secret: string | null): Promise<void>;
  /** Removes what is older than `audit.keepDays`, up to a checkpoint. @returns rows */
  expire(signal: AbortSignal): Promise<number>;
  /** Resolves when everything recorded on this node before the call is in the chain; for tests and shutdown. */
  settled(signal?: AbortSignal): Promise<void>;
}
