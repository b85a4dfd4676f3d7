/** The one form in which rows and checkpoints are hashed and signed, so that a copy can be proved anywhere. */
import { hash } from 'node:crypto';
import type { AuditRow } from './api.ts';

/** What the first row of a chain comes after. */
export const genesis = '0'.repeat(64);

/** JSON without blanks, members sorted by the code units of their names at every level (RFC 8785 for what JSON.parse gives). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const record = value as Record<string, unknown>;
  let members = '';
  // One for each content event: entries, pairs and a comparator would be two thirds of what sealing allocates.
  for (const name of Object.keys(record).sort()) {
    if (record[name] === undefined) continue;
    if (members !== '') members += ',';
    members += `${JSON.stringify(name)}:${canonicalJson(record[name])}`;
  }
  return `{${members}}`;
}

/** Of everything in a row but the hash itself. */
export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const { seq, id, at, kind, actorId, actorLogin, impersonatorId, address, client, via, requestId } = row;
  const { nodeId, workspaceId, subjectId, before, after, details, prevHash } = row;
  const who = { actorId, actorLogin, impersonatorId, address, client, via, requestId };
  const what = { nodeId, workspaceId, subjectId, before, after, details };
  return hash('sha256', canonicalJson({ seq, id, at, kind, ...who, ...what, prevHash }), 'hex');
}
