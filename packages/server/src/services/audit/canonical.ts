/** The one form in which rows and checkpoints are hashed and signed, so that a copy can be proved anywhere. */
import { hash } from 'node:crypto';
import type { AuditRow } from './api.ts';

/** What the first row of a chain comes after. */
export const genesis = '0'.repeat(64);

/** JSON without blanks, members sorted by the code units of their names at every level (RFC 8785 for what JSON.parse gives). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Of everything in a row but the hash itself. */
export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const { seq, id, at, kind, actorId, actorLogin, impersonatorId, address, client, via, requestId } = row;
  const { nodeId, workspaceId, subjectId, before, after, details, prevHash } = row;
  const who = { actorId, actorLogin, impersonatorId, address, client, via, requestId };
  const what = { nodeId, workspaceId, subjectId, before, after, details };
  return hash('sha256', canonicalJson({ seq, id, at, kind, ...who, ...what, prevHash }), 'hex');
}
