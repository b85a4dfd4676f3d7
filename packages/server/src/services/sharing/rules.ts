/** What a link allows, and whether it is open, from its row, the policies of now and the clock. No store. */
import type { LinkPermission, LinkState } from '@volvox/api';
import type { ScopeName } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { READ, WRITE } from '../access/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { LinkRow } from './tables.ts';

export const PREVIEW = 1;
export const DOWNLOAD = 2;
export const UPLOAD = 4;

const names: readonly (readonly [LinkPermission, number])[] = [
  ['preview', PREVIEW],
  ['download', DOWNLOAD],
  ['upload', UPLOAD],
];
const dayMs = 86_400_000;

export type Policies = Pick<SettingsService, 'get'>;

/** Who may download sees as well. */
export function permissionBits(list: readonly LinkPermission[]): number {
  let bits = 0;
  for (const [name, bit] of names) if (list.includes(name)) bits |= bit;
  return bits & DOWNLOAD ? bits | PREVIEW : bits;
}

export function permissionNames(bits: number): LinkPermission[] {
  return names.filter(([, bit]) => bits & bit).map(([name]) => name);
}

/** Things go in, nothing is seen. */
export function isDrop(row: Pick<LinkRow, 'permissions'>): boolean {
  return (row.permissions & (PREVIEW | DOWNLOAD)) === 0;
}

/** What is left of the owner's rights at a root. Reading is needed to be there at all; the scope of a drop box shows nothing of it. */
export function rootMask({ permissions }: Pick<LinkRow, 'permissions'>): number {
  return permissions & UPLOAD ? READ | WRITE : READ;
}

export function scopesOf(row: Pick<LinkRow, 'permissions'>): readonly ScopeName[] {
  if (isDrop(row)) return ['files:drop'];
  return row.permissions & UPLOAD ? ['files:read', 'files:write'] : ['files:read'];
}

/** The earlier of what the owner said and what the policy of now lets it live; null: for good. */
export function endOf(row: Pick<LinkRow, 'expires_at' | 'created_at'>, policies: Policies): number | null {
  const days = policies.get('links.maxDays');
  if (days === 0) return row.expires_at;
  const latest = row.created_at + days * dayMs;
  return row.expires_at === null ? latest : Math.min(row.expires_at, latest);
}

export function stateOf(row: LinkRow, policies: Policies, now: number): LinkState {
  if (row.disabled !== 0) return 'disabled';
  if (isBlocked(row, policies)) return 'blocked';
  const end = endOf(row, policies);
  if (end !== null && end <= now) return 'expired';
  if (row.starts_at !== null && row.starts_at > now) return 'scheduled';
  if (row.max_downloads !== null && row.downloads >= row.max_downloads) return 'exhausted';
  return 'active';
}

/** A policy that came later binds links that were there before. */
function isBlocked(row: LinkRow, policies: Policies): boolean {
  if (!policies.get('links.enabled')) return true;
  if (row.password_hash === null && policies.get('links.passwordRequired')) return true;
  if (row.custom === 1 && !policies.get('links.customSlug')) return true;
  return (row.permissions & UPLOAD) !== 0 && !policies.get('links.uploadAllowed');
}

/** Why a link that somebody has the address of can't be used; null where it can. What was disabled is as if it had never been. */
export function closedError(state: LinkState): AppError | null {
  switch (state) {
    case 'active':
      return null;
    case 'disabled':
    case 'blocked':
      return unknownLink();
    case 'expired':
      return new AppError('gone', 'this link has expired', { details: { reason: 'expired' } });
    case 'scheduled':
      return new AppError('gone', 'this link is not open yet', { details: { reason: 'not_started' } });
    case 'exhausted':
      return exhausted();
  }
}

export function exhausted(): AppError {
  return new AppError('gone', 'everything that this link allows has been downloaded', {
    details: { reason: 'exhausted' },
  });
}

/** One answer for addresses that never were, were disabled, or whose owner or files are gone. */
export function unknownLink(): AppError {
  return new AppError('not_found', 'there is no such link');
}
