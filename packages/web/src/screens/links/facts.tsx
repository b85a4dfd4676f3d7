import type { Link } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../../i18n/format.ts';

/** What a link is, in one line. */
export function Facts({ link, owner = false }: { readonly link: Link; readonly owner?: boolean }) {
  const { t } = useTranslation();
  const { permissions, maxDownloads, downloads, endsAt } = link;
  const may = permissions.includes('download')
    ? permissions.includes('upload')
      ? t('links.mayBoth')
      : t('links.mayDownload')
    : permissions.includes('preview')
      ? t('links.mayPreview')
      : t('links.mayDrop');
  const facts = [
    link.kind === 'request' ? t('links.kind.request') : may,
    owner ? t('links.by', { name: link.owner.displayName }) : null,
    link.hasPassword ? t('links.locked') : null,
    endsAt === null ? null : t('links.endsAt', { when: formatDateTime(endsAt) }),
    t('links.visits', { count: link.visits }),
    maxDownloads === null
      ? t('links.downloads', { count: downloads })
      : t('links.downloadsOf', { count: downloads, max: maxDownloads }),
  ];
  return facts.filter(Boolean).join(' · ');
}
