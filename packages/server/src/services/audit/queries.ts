import { inList, queriesOf } from '../../stores/sql/query.ts';
import type {
  AuditChainTable,
  AuditCheckpointsTable,
  AuditEventsTable,
  AuditPendingTable,
  AuditStreamsTable,
  AuditTables,
} from './tables.ts';

const define = queriesOf<AuditTables>();
type None = Record<string, never>;

export const insertPending = define<{ id: string; entry: string }>((db, p) =>
  db.insertInto('audit_pending').values({ id: p.id, entry: p.entry }),
);

export const oldestPending = define<{ limit: number }, AuditPendingTable>((db, p) =>
  db.selectFrom('audit_pending').selectAll().orderBy('id').limit(p.limit),
);

export const countPending = define<None, { count: number }>((db) =>
  db.selectFrom('audit_pending').select((e) => e.fn.countAll<number>().as('count')),
);

export const deletePending = define<{ ids: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('audit_pending').where(inList('id', p.ids, dialect)),
);

/** Held to the end of the transaction: one at a time adds to the chain. */
export const lockChain = define<None, AuditChainTable>((db, _p, dialect) => {
  const row = db.selectFrom('audit_chain').selectAll().where('id', '=', 1);
  return dialect === 'sqlite' ? row : row.forUpdate();
});

export const readChain = define<None, AuditChainTable>((db) =>
  db.selectFrom('audit_chain').selectAll().where('id', '=', 1),
);

/** No row: another moved it. */
export const moveChain = define<{ from: number; seq: number; hash: string; journalSeq: number }>((db, p) =>
  db
    .updateTable('audit_chain')
    .set({ seq: p.seq, hash: p.hash, journal_seq: p.journalSeq })
    .where('id', '=', 1)
    .where('seq', '=', p.from),
);

export const noteSigned = define<{ seq: number }>((db, p) =>
  db
    .updateTable('audit_chain')
    .set({ signed_seq: p.seq })
    .where('id', '=', 1)
    .where('signed_seq', '<', p.seq),
);

export const insertEvent = define<{ [K in keyof AuditEventsTable]: AuditEventsTable[K] }>((db, p) =>
  db.insertInto('audit_events').values({
    seq: p.seq,
    id: p.id,
    at: p.at,
    kind: p.kind,
    actor_id: p.actor_id,
    actor_login: p.actor_login,
    impersonator_id: p.impersonator_id,
    address: p.address,
    client: p.client,
    via: p.via,
    request_id: p.request_id,
    node_id: p.node_id,
    workspace_id: p.workspace_id,
    subject_id: p.subject_id,
    before_facts: p.before_facts,
    after_facts: p.after_facts,
    details: p.details,
    prev_hash: p.prev_hash,
    hash: p.hash,
    folded: p.folded,
  }),
);

export const eventsAfter = define<{ after: number; limit: number }, AuditEventsTable>((db, p) =>
  db.selectFrom('audit_events').selectAll().where('seq', '>', p.after).orderBy('seq').limit(p.limit),
);

export const firstEvent = define<None, { seq: number | null }>((db) =>
  db.selectFrom('audit_events').select((e) => e.fn.min<number | null>('seq').as('seq')),
);

/** Walks from the oldest on, past what is older: that is what is about to be removed. */
export const firstSince = define<{ at: number }, { seq: number }>((db, p) =>
  db.selectFrom('audit_events').select('seq').where('at', '>=', p.at).orderBy('seq').limit(1),
);

export const deleteEventsTo = define<{ after: number; upTo: number }>((db, p) =>
  db.deleteFrom('audit_events').where('seq', '>', p.after).where('seq', '<=', p.upTo),
);

export const insertCheckpoint = define<{ [K in keyof AuditCheckpointsTable]: AuditCheckpointsTable[K] }>(
  (db, p) =>
    db
      .insertInto('audit_checkpoints')
      .values({ seq: p.seq, at: p.at, hash: p.hash, key_id: p.key_id, signature: p.signature }),
);

export const checkpointsFrom = define<{ from: number; limit: number }, AuditCheckpointsTable>((db, p) =>
  db.selectFrom('audit_checkpoints').selectAll().where('seq', '>=', p.from).orderBy('seq').limit(p.limit),
);

export const lastCheckpointTo = define<{ upTo: number }, AuditCheckpointsTable>((db, p) =>
  db.selectFrom('audit_checkpoints').selectAll().where('seq', '<=', p.upTo).orderBy('seq', 'desc').limit(1),
);

/** The boundary itself stays: it is what the rest begins from. */
export const deleteCheckpointsBefore = define<{ seq: number }>((db, p) =>
  db.deleteFrom('audit_checkpoints').where('seq', '<', p.seq),
);

export const streamOf = define<{ name: string }, AuditStreamsTable>((db, p) =>
  db.selectFrom('audit_streams').selectAll().where('name', '=', p.name),
);

export const insertStream = define<{ name: string; position: number; at: number }>((db, p) =>
  db
    .insertInto('audit_streams')
    .values({ name: p.name, position: p.position, error: null, updated_at: p.at }),
);

/** Compare-and-set, as whoever lost the lease may still be at it. */
export const moveStream = define<{ name: string; from: number; to: number; at: number }>((db, p) =>
  db
    .updateTable('audit_streams')
    .set({ position: p.to, error: null, updated_at: p.at })
    .where('name', '=', p.name)
    .where('position', '=', p.from),
);

export const deleteStream = define<{ name: string }>((db, p) =>
  db.deleteFrom('audit_streams').where('name', '=', p.name),
);

export const noteStreamError = define<{ name: string; error: string; at: number }>((db, p) =>
  db.updateTable('audit_streams').set({ error: p.error, updated_at: p.at }).where('name', '=', p.name),
);
