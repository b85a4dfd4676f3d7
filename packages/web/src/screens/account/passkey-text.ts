import type { SignInState } from '@volvox/api';
import { formatDate, formatRelative } from '../../i18n/format.ts';
import { t } from '../../i18n/index.ts';

/** When a passkey was added and last used, in one line. */
export function passkeyText({
  createdAt,
  lastUsedAt,
}: Pick<SignInState['passkeys'][number], 'createdAt' | 'lastUsedAt'>): string {
  return [
    t('factors.added', { when: formatDate(createdAt) }),
    lastUsedAt === null ? t('factors.unused') : t('factors.used', { when: formatRelative(lastUsedAt) }),
  ].join(' · ');
}
