import type { Link, LinkPermission } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../../i18n/format.ts';
import { t as say } from '../../i18n/index.ts';

/** What visitors may do by a link. */
export function mayOf(permissions: readonly LinkPermission[]): string {
  const upload = permissions.includes('upload');
  if (permissions.includes('download')) return say(upload ? 'links.mayBoth' : 'links.mayDownload');
  return say(permissions.includes('preview') ? 'links.mayPreview' : 'links.mayDrop');
}

/** What a link is, in one line. */
export function Facts({ link, owner = false }: { readonly link: Link; readonly owner?: boolean }) {
  const { t } = useTranslation();
  const { permissions, maxDownloads, downloads, endsAt } = link;
  const facts = [
    link.kind === 'request' ? t('links.kind.request') : mayOf(permissions),
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
