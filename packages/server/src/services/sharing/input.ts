/** What owners may ask for: defaults, combinations and policies. No store. */
import { randomBytes } from 'node:crypto';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Located } from '../tree/api.ts';
import type { LinkChange, NewLink } from './api.ts';
import { isDrop, permissionBits, UPLOAD, type Policies } from './rules.ts';
import type { LinkRow } from './tables.ts';

const dayMs = 86_400_000;

export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/** The row that an owner's wish comes to; not checked yet. */
export function newRow(
  input: NewLink,
  facts: { readonly ownerId: string; readonly now: number; readonly passwordHash: string | null },
  policies: Policies,
): LinkRow {
  const kind = input.kind ?? 'link';
  const days = policies.get('links.defaultDays');
  const base: LinkRow = {
    id: newId(),
    owner_id: facts.ownerId,
    kind,
    token: input.slug ?? newToken(),
    custom: input.slug === undefined ? 0 : 1,
    label: '',
    description: '',
    permissions: permissionBits(kind === 'request' ? ['upload'] : ['download']),
    password_hash: facts.passwordHash,
    password_revision: 1,
    starts_at: null,
    expires_at: days === 0 ? null : facts.now + days * dayMs,
    max_downloads: null,
    downloads: 0,
    visits: 0,
    layout: kind === 'request' ? 'drop' : 'list',
    disclaimer: '',
    watermark: 0,
    notify: kind === 'request' ? 1 : 0,
    show_owner: 1,
    restricted: 0,
    ask_name: 'no',
    ask_email: 'no',
    subfolders: 0,
    max_file_size: null,
    disabled: 0,
    created_at: facts.now,
    updated_at: facts.now,
  };
  return changed(base, input, facts.now);
}

type Settings = Omit<LinkChange, 'slug' | 'password' | 'recipients'>;

/** What is not named stays as it is. */
export function changed(row: LinkRow, change: Settings, now: number): LinkRow {
  const flag = (told: boolean | undefined, old: number): number => (told === undefined ? old : Number(told));
  const time = (told: number | null | undefined, old: number | null): number | null =>
    told === undefined ? old : told;
  const next: LinkRow = {
    ...row,
    label: (change.label ?? row.label).trim(),
    description: (change.description ?? row.description).trim(),
    permissions: change.permissions === undefined ? row.permissions : permissionBits(change.permissions),
    starts_at: time(change.startsAt, row.starts_at),
    expires_at: time(change.expiresAt, row.expires_at),
    max_downloads: time(change.maxDownloads, row.max_downloads),
    layout: change.layout ?? row.layout,
    disclaimer: (change.disclaimer ?? row.disclaimer).trim(),
    watermark: flag(change.watermark, row.watermark),
    notify: flag(change.notify, row.notify),
    show_owner: flag(change.showOwner, row.show_owner),
    restricted: flag(change.restricted, row.restricted),
    ask_name: change.askName ?? row.ask_name,
    ask_email: change.askEmail ?? row.ask_email,
    subfolders: flag(change.subfolders, row.subfolders),
    max_file_size: time(change.maxFileSize, row.max_file_size),
    disabled: flag(change.disabled, row.disabled),
    updated_at: now,
  };
  if (isDrop(next)) return { ...next, layout: 'drop' };
  return next.layout === 'drop' ? { ...next, layout: 'list' } : next;
}

/** @throws invalid_input */
export function checkRow(row: LinkRow, recipients: number): void {
  const refuse = (reason: string, text: string): never => {
    throw new AppError('invalid_input', text, { details: { reason } });
  };
  if (row.kind === 'request' && !isDrop(row))
    refuse('request_permissions', 'visitors of a file request may upload only');
  if (row.starts_at !== null && row.expires_at !== null && row.starts_at >= row.expires_at)
    refuse('dates', 'a link ends after it begins');
  if (row.restricted === 1 && recipients === 0)
    refuse('recipients', 'a link only for its recipients needs some');
}

/** @throws invalid_input, conflict */
export function checkRoots(row: LinkRow, roots: readonly Located[]): void {
  const folders = roots.filter(({ node }) => node.kind === 'folder').length;
  if (!(row.permissions & UPLOAD)) return;
  if (folders === 0) throw new AppError('invalid_input', 'only into a folder can something be uploaded');
  if (isDrop(row) && roots.length !== 1)
    throw new AppError('invalid_input', 'a drop box is one folder', { details: { reason: 'roots' } });
}

/** Where a password is demanded, one letter is none. A link that needs none may have what its owner likes. */
export function checkLinkPassword(password: string, policies: Policies): void {
  const least = policies.get('password.minLength');
  if (!policies.get('links.passwordRequired') || [...password].length >= least) return;
  throw new AppError('forbidden', `the password of a public link has at least ${least} characters here`, {
    details: { reason: 'links.passwordShort', least },
  });
}

/**
 * Policies as of now, for a new link or one that is changed. @param end what the owner says explicitly; undefined: nothing
 * @throws forbidden with `details.reason` naming the setting
 */
export function checkPolicies(row: LinkRow, policies: Policies, end: number | null | undefined): void {
  const refuse = (reason: string, text: string): never => {
    throw new AppError('forbidden', text, { details: { reason } });
  };
  if (!policies.get('links.enabled')) refuse('links.enabled', 'public links are switched off here');
  if (row.password_hash === null && policies.get('links.passwordRequired'))
    refuse('links.passwordRequired', 'a public link needs a password here');
  if (row.custom === 1 && !policies.get('links.customSlug'))
    refuse('links.customSlug', 'addresses of your own are not allowed here');
  if (row.permissions & UPLOAD && !policies.get('links.uploadAllowed'))
    refuse('links.uploadAllowed', 'public links for uploads are not allowed here');
  const days = policies.get('links.maxDays');
  if (days > 0 && typeof end === 'number' && end > row.created_at + days * dayMs)
    refuse('links.maxDays', `a public link lives at most ${days} days here`);
}
