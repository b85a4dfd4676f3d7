import type { Body, Routes, User } from '@volvox/api';
import { dayOf, endOfDay } from '../../share/share-queries.ts';
import type { AttributeRow } from './attributes-field.tsx';

export type UserChange = Body<Routes['updateUser']>;
export const gigabyte = 1e9;

interface Chosen {
  readonly groupId: string | null;
  /** '': as the browser says. */
  readonly locale: string;
  /** Gigabytes; '': none. */
  readonly quota: number | string;
  readonly attributes: readonly AttributeRow[];
  /** Whether an administrator asks: others may not even name some fields. */
  readonly admin: boolean;
}

/** What differs from the user as it was read. Fields that the form does not show are left out. */
export function changeOf(user: User, form: FormData, chosen: Chosen): UserChange {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const end = text('expiresAt');
  const next: UserChange = {
    displayName: text('displayName'),
    email: text('email') || null,
    locale: chosen.locale || null,
    groupId: chosen.groupId,
    // A moment within the same day was set elsewhere, and stays.
    expiresAt: end === dayOf(user.expiresAt) ? user.expiresAt : endOfDay(end),
    disabled: form.get('disabled') !== null,
    ...(chosen.admin
      ? {
          admin: form.get('admin') !== null,
          quota: quotaOf(chosen.quota, user.quota),
          attributes: attributesOf(chosen.attributes),
        }
      : {}),
  };
  const old: Readonly<Record<string, unknown>> = user;
  return Object.fromEntries(
    Object.entries(next).filter(([field, value]) => !same(value, old[field])),
  ) as UserChange;
}

/** The field shows megabytes: what lies nearer to the old quota than one is the old one. */
function quotaOf(typed: number | string, old: number | null): number | null {
  if (typed === '') return null;
  const bytes = Math.round(Number(typed) * gigabyte);
  return old !== null && Math.abs(bytes - old) < 1e6 ? old : bytes;
}

/** The first name that stands twice; null: none. */
export function repeatedName(rows: readonly AttributeRow[]): string | null {
  const names = rows.map((row) => row.name.trim()).filter((name) => name !== '');
  return names.find((name, at) => names.indexOf(name) !== at) ?? null;
}

/** Rows without a name are none. */
function attributesOf(rows: readonly AttributeRow[]): Record<string, string> {
  return Object.fromEntries(
    rows.map((row) => [row.name.trim(), row.value.trim()] as const).filter(([name]) => name !== ''),
  );
}

function same(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' ? Object.entries(value).toSorted() : value;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
