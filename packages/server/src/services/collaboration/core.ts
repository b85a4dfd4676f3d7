/** What every part of collaboration works with. */
import type { ShareRole } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, READ, WRITE, type AccessService, type Permissions } from '../access/api.ts';
import type { IdentityService, PrincipalReloader } from '../identity/api.ts';
import type { JournalEntry, JournalKind, JournalService } from '../journal/api.ts';
import type { MailService } from '../mail/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { TreeService } from '../tree/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { ShareRow, Via } from './tables.ts';

export type { Via };

export interface CollaborationDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly tree: TreeService;
  readonly workspaces: WorkspacesService;
  readonly identity: IdentityService & PrincipalReloader;
  readonly journal: Pick<JournalService, 'append' | 'follow'>;
  readonly mail: Pick<MailService, 'enqueue'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  /** Where people reach this server; without it no mail is sent, as it could lead nowhere. */
  readonly publicUrl: string | null;
}

const bits: Readonly<Record<ShareRole, Permissions>> = {
  viewer: READ,
  editor: READ | WRITE,
  manager: ALL,
};

export function bitsOfRole(role: ShareRole): Permissions {
  return bits[role];
}

export function requirePerson({ principal }: Context): string {
  if (principal.userId === null || principal.confined !== undefined)
    throw new AppError('forbidden', 'only people do this');
  return principal.userId;
}

/** Guests receive; they pass nothing on. */
export function requireSharer(context: Context): string {
  const userId = requirePerson(context);
  if (context.principal.guest === true) throw new AppError('forbidden', 'guests can not share');
  return userId;
}

/** The role that a person owns. */
export function ownRole({ roles }: Principal): string {
  return roles.at(-1) ?? '';
}

export interface Way {
  readonly via: Via | null;
  readonly until: number | null;
}

/** The earlier of two ends; null: none. */
export function earlier(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

export function checkEnd(end: number | null, now: number): number | null {
  if (end !== null && end <= now)
    throw new AppError('invalid_input', 'the end lies in the past', { details: { reason: 'past' } });
  return end;
}

/**
 * By which way somebody has these rights now, and until when, as the transaction sees it: what they have by a team or role for a time ends with
 * that. null: not, as are people who are gone or disabled
 */
export async function wayOf(
  { access, identity, tree }: Pick<CollaborationDeps, 'access' | 'identity' | 'tree'>,
  reader: SqlReader,
  userId: string | null,
  nodeId: string,
  need: Permissions,
): Promise<Way | null> {
  const held = userId === null ? null : await identity.heldRoles(reader, userId);
  if (held === null || !held.active) return null;
  const chain = await tree.chainIn(reader, nodeId);
  const holding = chain === null ? null : await access.holding(reader, held.roles, chain, need);
  if (holding === null) return null;
  const { by, until } = holding;
  return { via: by === null ? null : `${by.source}:${by.sourceId}`, until };
}

export async function stillMay(...asked: Parameters<typeof wayOf>): Promise<boolean> {
  return (await wayOf(...asked)) !== null;
}

type Facts = NonNullable<JournalEntry['before']>;

/** Whose role it is is told by its name, too: roles go with whom they belong to. */
export async function journal(
  deps: Pick<CollaborationDeps, 'access' | 'journal'>,
  tx: SqlTransaction,
  kind: JournalKind,
  nodeId: string,
  actorId: string | null,
  before: Facts | null,
  after: Facts | null,
): Promise<void> {
  const roleId = after?.['roleId'] ?? before?.['roleId'];
  const named: Facts = typeof roleId === 'string' ? { roleName: await deps.access.roleName(tx, roleId) } : {};
  const nowhere = { parentId: null, workspaceId: null, bytes: 0, files: 0 };
  const states = { before: before && { ...before, ...named }, after: after && { ...after, ...named } };
  await deps.journal.append(tx, { kind, actorId, nodeId, ...states, ...nowhere });
}

export function factsOf(row: ShareRow): Facts {
  return { roleId: row.role_id, role: row.role, expiresAt: row.expires_at };
}

export function grantShare(
  { access }: Pick<CollaborationDeps, 'access'>,
  tx: SqlTransaction,
  row: ShareRow,
  actorId: string | null,
): Promise<void> {
  const { id: sourceId, node_id: nodeId, role_id: roleId, expires_at: expiresAt } = row;
  const allow = bitsOfRole(row.role);
  return access.grant(tx, { nodeId, roleId, allow, source: 'share', sourceId, expiresAt }, actorId);
}
