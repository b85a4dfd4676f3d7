/** An event before it is in the chain. */
import type { JournalRow } from '../journal/api.ts';
import type { AuditRow, AuditSource, SecurityEvent } from './api.ts';

export type Event = Omit<AuditRow, 'seq' | 'prevHash' | 'hash'>;

const clip = (text: string, length: number): string => text.toWellFormed().slice(0, length);

/** Everything that does not depend on what happened. */
function sourceOf(source: AuditSource) {
  if (source === 'system')
    return {
      actorId: null,
      actorLogin: 'system',
      impersonatorId: null,
      address: null,
      client: null,
      via: 'system',
      requestId: null,
    };
  if ('address' in source)
    return {
      actorId: null,
      actorLogin: null,
      impersonatorId: null,
      address: clip(source.address, 64),
      client: clip(source.userAgent, 300),
      via: null,
      requestId: source.requestId ?? null,
    };
  const { principal, origin, requestId } = source;
  return {
    actorId: principal.userId,
    actorLogin: clip(principal.login, 200),
    impersonatorId: principal.impersonatorId ?? null,
    address: origin === undefined ? null : clip(origin.address, 64),
    client: origin === undefined ? null : clip(origin.userAgent, 300),
    via: principal.via,
    requestId: clip(requestId, 100),
  };
}

export function eventOf(id: string, at: number, source: AuditSource, event: SecurityEvent): Event {
  const from = sourceOf(source);
  const login = event.actorLogin === undefined ? from.actorLogin : event.actorLogin;
  return {
    ...from,
    id,
    at,
    kind: event.kind,
    actorId: event.actorId === undefined ? from.actorId : event.actorId,
    actorLogin: login === null ? null : clip(login, 200),
    nodeId: event.nodeId ?? null,
    workspaceId: event.workspaceId ?? null,
    subjectId: event.subjectId ?? null,
    before: event.before ?? null,
    after: event.after ?? null,
    details: event.details ?? null,
  };
}

/** A change is recorded as the journal has it. */
export function eventOfRow(row: JournalRow): Event {
  const { origin } = row;
  return {
    id: row.id,
    at: row.at,
    kind: row.kind,
    actorId: row.actorId,
    actorLogin: origin === null ? null : clip(origin.login, 200),
    impersonatorId: origin?.impersonatorId ?? null,
    address: origin === null ? null : clip(origin.address, 64),
    client: origin === null ? null : clip(origin.userAgent, 300),
    via: origin?.via ?? null,
    requestId: origin === null ? null : clip(origin.requestId, 100),
    nodeId: row.nodeId,
    workspaceId: row.workspaceId,
    subjectId: null,
    before: row.before,
    after: row.after,
    details: null,
  };
}
