import type { Link } from '@volvox/api';
import { isApiError, type ApiError } from '@volvox/client';
import { explain } from '../../api/notify.tsx';
import { t } from '../../i18n/index.ts';

export function addressOf(link: Pick<Link, 'token'>): string {
  return `${location.origin}/s/${link.token}`;
}

/** Words that are easy to read out; 10 of 58 signs each, about 58 bits. */
const signs = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-';

export function newPassword(): string {
  const picked = crypto.getRandomValues(new Uint32Array(12));
  return Array.from(picked, (value) => signs[value % signs.length]).join('');
}

const policies: Readonly<Record<string, (details: ApiError['details']) => string>> = {
  'links.enabled': () => t('links.forbidden.enabled'),
  'links.passwordRequired': () => t('links.forbidden.passwordRequired'),
  'links.passwordShort': ({ least }) => t('links.forbidden.passwordShort', { count: Number(least) }),
  'links.maxDays': () => t('links.forbidden.maxDays'),
  'links.customSlug': () => t('links.forbidden.customSlug'),
  'links.uploadAllowed': () => t('links.forbidden.uploadAllowed'),
  slug: () => t('links.slugTaken'),
  public_url: () => t('links.noMail'),
};

/** What stands against a link, with what to do about it. */
export function explainLink(error: unknown): string {
  if (!isApiError(error)) return explain(error);
  const known = policies[String(error.details['reason'])];
  if (known) return known(error.details);
  return error.code === 'invalid_input' ? error.message : explain(error);
}
