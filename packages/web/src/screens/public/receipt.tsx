import { Text } from '@mantine/core';
import type { Receipt } from '@volvox/api';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDateTime, formatSize } from '../../i18n/format.ts';
import css from './public.module.css';

/** What a visitor has brought, with fingerprints. */
export function ReceiptList({
  receipt,
  children,
}: {
  readonly receipt: Receipt;
  readonly children?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <section className={css.receipt} aria-label={t('visit.receipt')}>
      <h2>{t('visit.receipt')}</h2>
      <Text size="sm" c="dimmed" mb="sm">
        {t('visit.receiptText')}
      </Text>
      <ul className={css.list}>
        {receipt.items.map((item) => (
          <li key={`${item.name}:${item.at}`} style={{ padding: '6px 0' }}>
            <div className={css.name}>{item.name}</div>
            <div className={css.sub}>
              {formatSize(item.size)} · {formatDateTime(item.at)}
            </div>
            {item.sha256 && <div className={css.hash}>{item.sha256}</div>}
            {item.sha256 === null && (
              <div className={css.sub}>{t(item.pending ? 'visit.hashPending' : 'visit.hashMissing')}</div>
            )}
          </li>
        ))}
      </ul>
      {children}
    </section>
  );
}
