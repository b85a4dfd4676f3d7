/** What takes part in a group commit: transactions that wait for a batch, and those that have run in one. */
import type { SqliteTransaction } from './transaction.ts';

export type Work<T> = (tx: SqliteTransaction) => Promise<T>;

export interface Pending {
  readonly work: Work<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  attempts: number;
  /** It was run again after room had been looked for: a full disk is the answer now. */
  roomLookedFor: boolean;
}

/** A member that ran to its end and waits for the commit. */
export interface Member {
  readonly pending: Pending;
  readonly tx: SqliteTransaction;
  readonly value: unknown;
}
