import { AppError } from '../../kernel/errors.ts';
import type { AuditCheckpoint, AuditRow, Facts } from './api.ts';
import type { AuditCheckpointsTable, AuditEventsTable } from './tables.ts';

const json = (facts: Facts | null): string | null => (facts === null ? null : JSON.stringify(facts));
const longestFolded = 4_000;

export function tableRowOf(row: AuditRow): AuditEventsTable {
  const [before, after, details] = [json(row.before), json(row.after), json(row.details)];
  const words = [row.actorLogin, row.address, row.client, before, after, details];
  return {
    seq: row.seq,
    id: row.id,
    at: row.at,
    kind: row.kind,
    actor_id: row.actorId,
    actor_login: row.actorLogin,
    impersonator_id: row.impersonatorId,
    address: row.address,
    client: row.client,
    via: row.via,
    request_id: row.requestId,
    node_id: row.nodeId,
    workspace_id: row.workspaceId,
    subject_id: row.subjectId,
    before_facts: before,
    after_facts: after,
    details,
    prev_hash: row.prevHash,
    hash: row.hash,
    folded: fold(words.filter((word) => word !== null).join('\n')).slice(0, longestFolded),
  };
}

export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** @throws corrupt where a row's JSON is none */
export function auditRowOf(row: AuditEventsTable): AuditRow {
  return {
    seq: row.seq,
    id: row.id,
    at: row.at,
    kind: row.kind,
    actorId: row.actor_id,
    actorLogin: row.actor_login,
    impersonatorId: row.impersonator_id,
    address: row.address,
    client: row.client,
    via: row.via,
    requestId: row.request_id,
    nodeId: row.node_id,
    workspaceId: row.workspace_id,
    subjectId: row.subject_id,
    before: parse(row.before_facts, row.seq),
    after: parse(row.after_facts, row.seq),
    details: parse(row.details, row.seq),
    prevHash: row.prev_hash,
    hash: row.hash,
  };
}

function parse(text: string | null, seq: number): Facts | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Facts;
  } catch (cause) {
    throw new AppError('corrupt', `row ${seq} of the audit log is damaged`, { cause });
  }
}

export function checkpointOf(row: AuditCheckpointsTable): AuditCheckpoint {
  return { seq: row.seq, at: row.at, hash: row.hash, keyId: row.key_id, signature: row.signature };
}
