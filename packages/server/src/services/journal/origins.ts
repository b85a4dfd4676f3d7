/**
 * Where the rows of a transaction come from. Said once by whoever opens it with a context, so that every row it appends, through however
 * many services, carries it. Kept by the transaction itself: a group commit runs the work of many requests in the turn of one of them, so
 * nothing that is bound to a call would do.
 */
import type { Context } from '../../kernel/context.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';

export interface JournalOrigin {
  readonly address: string;
  readonly userAgent: string;
  /** As whom. */
  readonly login: string;
  /** How the asker was authenticated. */
  readonly via: string;
  readonly requestId: string;
  readonly impersonatorId?: string;
}

export type Asker = Pick<Context, 'principal' | 'requestId' | 'origin'>;

const askers = new WeakMap<SqlReader, Asker>();

/**
 * Rows that `tx` appends from here on say where `asker` came from; who came first stays. What the system does by itself comes from
 * nowhere. A reader that is no transaction is left alone.
 */
export function attribute(tx: SqlReader, asker: Asker): void {
  if (asker.origin !== undefined && 'afterCommit' in tx && !askers.has(tx)) askers.set(tx, asker);
}

/** Whose request it is, where a row names nobody: what the system does in the course of it is that person's doing. */
export function actorOf(tx: SqlTransaction): string | null {
  const principal = askers.get(tx)?.principal;
  return principal?.userId ?? principal?.askedBy ?? null;
}

/** null: the system's own doing */
export function originOf(tx: SqlTransaction): JournalOrigin | null {
  const asker = askers.get(tx);
  return asker === undefined ? null : originOfAsker(asker);
}

export function originOfAsker({ origin, principal, requestId }: Asker): JournalOrigin | null {
  if (origin === undefined) return null;
  return {
    address: origin.address,
    userAgent: origin.userAgent,
    login: principal.login,
    via: principal.via,
    requestId,
    ...(principal.impersonatorId === undefined ? {} : { impersonatorId: principal.impersonatorId }),
  };
}
