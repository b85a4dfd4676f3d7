/** An event before it is in the chain. */
import type { JournalRow } from '../journal/api.ts';
import type { AuditRow, AuditSource, SecurityEvent } from './api.ts';

export type Event = Omit<AuditRow, 'seq' | 'prevHash' | 'hash'>;

// What a column can't take would keep everything after it out of the chain.
const clip = (text: string, length: number): string =>
  text.slice(0, length).toWellFormed().replaceAll('\0', '\ufffd');
const ident = (id: string | null | undefined): string | null =>
  id === null || id === undefined ? null : id.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);

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
      requestId: source.requestId === undefined ? null : clip(source.requestId, 100),
    };
  const { principal, origin, requestId } = source;
  return {
    actorId: ident(principal.userId),
    actorLogin: clip(principal.login, 200),
    impersonatorId: ident(principal.impersonatorId),
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
    actorId: event.actorId === undefined ? from.actorId : ident(event.actorId),
    actorLogin: login === null ? null : clip(login, 200),
    nodeId: ident(event.nodeId),
    workspaceId: ident(event.workspaceId),
    subjectId: ident(event.subjectId),
    before: event.before ?? null,
    after: event.after ?? null,
    details: event.details ?? null,
  };
}

/** Which fact says whom or what a change is about. */
const subjects: Readonly<Record<string, readonly string[]>> = {
  user: ['userId'],
  group: ['userId', 'groupId'],
  role: ['subjectId', 'roleId'],
  team: ['userId', 'teamId'],
  link: ['linkId'],
  share: ['roleId'],
  cell: ['roleId', 'owner'],
  access: ['roleId'],
  policy: ['id'],
};

function subjectOf({ kind, before, after }: JournalRow): string | null {
  const facts = { ...before, ...after };
  const named = subjects[kind.split('.')[0] ?? '']?.map((name) => facts[name]) ?? [];
  return named.find((id) => typeof id === 'string') ?? null;
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
    // Empty for what came by no request: the set-up that the environment asks for.
    address: clip(origin?.address ?? '', 64) || null,
    client: clip(origin?.userAgent ?? '', 300) || null,
    via: origin?.via ?? null,
    requestId: origin === null ? null : clip(origin.requestId, 100),
    nodeId: row.nodeId,
    workspaceId: row.workspaceId,
    subjectId: ident(subjectOf(row)),
    before: row.before,
    after: row.after,
    details: null,
  };
}
