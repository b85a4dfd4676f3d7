import { IconUsers } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useShared } from '../share/share-queries.ts';

/** Says of a row that others have access by a share or Cell. */
export function SharedSign({ nodeId }: { readonly nodeId: string }) {
  const { t } = useTranslation();
  const shared = useShared((state) => state.ids.has(nodeId));
  if (!shared) return null;
  return (
    <span
      title={t('share.shared')}
      style={{ display: 'inline-flex', flex: 'none', marginLeft: 6, opacity: 0.65 }}
    >
      <IconUsers size={15} stroke={1.8} aria-hidden="true" />
      <span className="visually-hidden">{t('share.shared')}</span>
    </span>
  );
}
