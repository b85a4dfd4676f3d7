import { AppError } from '../../kernel/errors.ts';

const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
const reserved = new Set(['personal', 'common', 'shared']);

export function checkSlug(slug: string): string {
  if (!slugPattern.test(slug)) {
    throw new AppError('invalid_input', 'a slug is made of a-z, 0-9 and "-", at most 63 of them');
  }
  if (reserved.has(slug) || slug.startsWith('archived-')) {
    throw new AppError('conflict', `the slug "${slug}" is reserved`);
  }
  return slug;
}

/** What a name makes for a slug, before it is known whether that is free. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return plain === '' || reserved.has(plain) || plain.startsWith('archived-')
    ? `cell-${plain}`.replace(/-$/, '')
    : plain;
}

export function checkName(name: string): string {
  const trimmed = name.normalize('NFC').trim();
  if (trimmed === '' || trimmed.length > 100 || /\p{Cc}/u.test(trimmed)) {
    throw new AppError('invalid_input', 'a name has 1 to 100 characters and no control characters');
  }
  return trimmed;
}

export function checkQuota(quota: number | null): number | null {
  if (quota !== null && (!Number.isSafeInteger(quota) || quota < 0)) {
    throw new AppError('invalid_input', 'a quota is a number of bytes or null');
  }
  return quota;
}
