/** Everything that a visitor asks for lies below the address of the link. */
import { queryOptions } from '@tanstack/react-query';
import { createClient, isApiError } from '@volvox/client';
import { t } from '../../i18n/index.ts';

export const base = /^\/s\/[^/]+/.exec(location.pathname)?.[0] ?? '/s/none';
export const client = createClient({ baseUrl: base });

/** What this visitor has brought; by the cookie of the visit also after the link's end. */
export const receiptQuery = queryOptions({
  queryKey: ['receipt'],
  queryFn: ({ signal }) => client.call('getReceipt', { signal }),
  // Hashes of large files come a little later.
  refetchInterval: ({ state }) => (state.data?.items.some(({ pending }) => pending) ? 15_000 : false),
});

/** The key of a recipient stands behind the #, which no server sees. */
export function recipientKey(): string | null {
  return /[#&]k=([A-Za-z0-9_-]+)/.exec(location.hash)?.[1] ?? null;
}

export function reasonOf(error: unknown): string {
  if (!isApiError(error)) return '';
  const reason = error.details['reason'];
  return typeof reason === 'string' ? reason : '';
}

/** In a visitor's words. */
export function explain(error: unknown): string {
  if (!isApiError(error)) return t('visit.failed');
  if (error.code === 'too_many_requests') return t('visit.wait');
  if (error.code === 'unavailable') return t('visit.offline');
  if (error.code === 'too_large') return t('visit.tooLarge');
  if (error.code === 'quota_exceeded' || error.code === 'storage_full') return t('visit.quota');
  return t(`errors.${error.code}`);
}
