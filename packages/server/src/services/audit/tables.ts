export interface AuditPendingTable {
  /** Becomes the event's id. */
  id: string;
  /** JSON of an Event (event.ts). */
  entry: string;
}

export interface AuditEventsTable {
  seq: number;
  /** Of the event as it was recorded; of a change, the id of its row in the journal. */
  id: string;
  at: number;
  kind: string;
  actor_id: string | null;
  actor_login: string | null;
  impersonator_id: string | null;
  address: string | null;
  client: string | null;
  via: string | null;
  request_id: string | null;
  node_id: string | null;
  workspace_id: string | null;
  subject_id: string | null;
  /** JSON, as the two that follow. */
  before_facts: string | null;
  after_facts: string | null;
  details: string | null;
  prev_hash: string;
  hash: string;
  /** For searching: lower case. Not part of what is hashed. */
  folded: string;
}

/** One row: where the chain is. Whoever holds it may add to the chain. */
export interface AuditChainTable {
  id: number;
  /** Of the last row; 0: none. */
  seq: number;
  hash: string;
  /** Rows of the journal up to here are in the chain. */
  journal_seq: number;
  /** The last one that a checkpoint was signed at. */
  signed_seq: number;
}

export interface AuditCheckpointsTable {
  seq: number;
  at: number;
  hash: string;
  key_id: string;
  signature: string;
}

export interface AuditStreamsTable {
  name: string;
  position: number;
  error: string | null;
  updated_at: number;
}

export interface AuditTables {
  audit_pending: AuditPendingTable;
  audit_events: AuditEventsTable;
  audit_chain: AuditChainTable;
  audit_checkpoints: AuditCheckpointsTable;
  audit_streams: AuditStreamsTable;
}
