import { Button, Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconLinkOff } from '@tabler/icons-react';
import type { VisitorView } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { client, explain, reasonOf, receiptQuery, recipientKey } from './api.ts';
import { Frame } from './frame.tsx';
import { Gate } from './gate.tsx';
import css from './public.module.css';

/** A visitor loads the one of them that the link is. */
const Browse = lazy(() => import('./browse.tsx').then(({ Browse: page }) => ({ default: page })));
const ReceiptList = lazy(() => import('./receipt.tsx').then(({ ReceiptList: list }) => ({ default: list })));
const DropPage = lazy(() => import('./drop-page.tsx').then(({ DropPage: page }) => ({ default: page })));

const viewKey = ['view'];

/** What there is behind the address, or what it needs first. */
async function open(): Promise<VisitorView> {
  const view = await client.call('openLink');
  const key = recipientKey();
  if (key === null || !view.needs.includes('recipient')) return view;
  return client.call('visitLink', { body: { recipientKey: key } }).catch((error: unknown) => {
    if (isApiError(error, 'unauthenticated')) return view;
    throw error;
  });
}

export function PublicApp() {
  const queries = useQueryClient();
  const view = useQuery({ queryKey: viewKey, queryFn: open, refetchOnWindowFocus: false });
  if (view.isPending)
    return (
      <main className={css.drop}>
        <Loader aria-label="…" />
      </main>
    );
  if (view.isError) return <Closed error={view.error} onRetry={() => void view.refetch()} />;
  const { data } = view;
  const update = (next: VisitorView) => queries.setQueryData(viewKey, next);
  if (data.link === null) return <Gate view={data} onEntered={update} />;
  const shown = { ...data, link: data.link };
  return (
    <Suspense>
      {data.link.dropId !== null ? <DropPage view={shown} onEntered={update} /> : <Browse view={shown} />}
    </Suspense>
  );
}

/** Why there is nothing: only what the server says to those who have the address. */
function Closed({ error, onRetry }: { readonly error: unknown; onRetry(): void }) {
  const { t } = useTranslation();
  const reason = reasonOf(error);
  const known = isApiError(error, 'gone') || isApiError(error, 'not_found');
  const [title, text] =
    reason === 'expired'
      ? [t('visit.expiredTitle'), t('visit.expiredText')]
      : reason === 'not_started'
        ? [t('visit.notStartedTitle'), t('visit.notStartedText')]
        : reason === 'exhausted'
          ? [t('visit.exhaustedTitle'), t('visit.exhaustedText')]
          : known
            ? [t('visit.closedTitle'), t('visit.closedText')]
            : [t('errors.title'), explain(error)];
  return (
    <Frame brand={null} title={title} narrow>
      <p className={css.note}>
        <IconLinkOff size={40} stroke={1.4} aria-hidden="true" />
        <br />
        {text}
      </p>
      {!known && <Button onClick={onRetry}>{t('visit.tryAgain')}</Button>}
      {reason === 'expired' && <LastReceipt />}
    </Frame>
  );
}

/** Who brought something in time can still prove it, as long as this visit lasts. */
function LastReceipt() {
  const receipt = useQuery(receiptQuery); // an error for whoever was not here before
  if (!receipt.data || receipt.data.items.length === 0) return null;
  return (
    <Suspense>
      <ReceiptList receipt={receipt.data} />
    </Suspense>
  );
}
