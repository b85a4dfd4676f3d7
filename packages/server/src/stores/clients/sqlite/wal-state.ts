export interface WalState {
  /** Pages in the log, and how many of them are in the database file already. */
  readonly log: number;
  readonly checkpointed: number;
}

/** Of the row that `pragma wal_checkpoint` gives. */
export function stateOf(row: Record<string, unknown> | undefined): WalState {
  return { log: Number(row?.['log'] ?? 0), checkpointed: Number(row?.['checkpointed'] ?? 0) };
}
