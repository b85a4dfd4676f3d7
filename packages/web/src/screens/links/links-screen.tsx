import { Badge, Button, Checkbox, Modal, Skeleton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconChartBar, IconLink, IconLinkOff } from '@tabler/icons-react';
import type { Link as PublicLink } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { SharedTabs } from '../share/shared-tabs.tsx';
import { CopyAddress } from './copy-address.tsx';
import { Facts } from './facts.tsx';
import { addressOf } from './link-address.ts';
import { LinkCard } from './link-card.tsx';
import { LinkFilters } from './link-filters.tsx';
import { useLinks } from './link-queries.ts';
import { searchOf, viewOf, type LinkView } from './link-view.ts';
import { RevokeButton } from './revoke.tsx';
import { StatisticsDialog } from './statistics-dialog.tsx';

/** Every link of one's own, or of everybody. */
export default function LinksScreen({ all = false }: { readonly all?: boolean }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const view = viewOf(search);
  const [q] = useDebouncedValue(view.q.trim(), 200);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [edited, setEdited] = useState<PublicLink | null>(null);
  const [looked, setLooked] = useState<PublicLink | null>(null);
  const query = useLinks({
    all,
    ...(q ? { q } : {}),
    ...(view.state ? { state: view.state } : {}),
    ...(view.kind ? { kind: view.kind } : {}),
    ...(all && view.owner ? { ownerId: view.owner } : {}),
  });
  const links = query.data?.pages.flatMap((page) => page.items);
  const asked = searchOf({ ...view, q }).size > 0;
  // Nothing is revoked that is no longer seen.
  const picked = links?.filter(({ id }) => chosen.has(id)) ?? [];
  const current = links?.find(({ id }) => id === edited?.id) ?? edited;
  const show = (change: Partial<LinkView>) => {
    setChosen(new Set());
    setSearch(searchOf({ ...view, ...change }), { replace: true });
  };
  const toggle = (id: string) => {
    const next = new Set(picked.map((link) => link.id));
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <Page
      title={all ? t('links.adminTitle') : t('links.title')}
      tools={<RevokeButton links={picked} onRevoked={() => setChosen(new Set())} />}
    >
      {!all && <SharedTabs />}
      <LinkFilters view={view} all={all} onChange={show} />
      {query.isError && (
        <Failure icon={IconLinkOff} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={160} />}
      {links?.length === 0 &&
        !query.hasNextPage &&
        (asked ? (
          <Empty icon={IconLink} title={t('links.noneFound')} text={t('links.noneFoundText')} />
        ) : (
          <Empty icon={IconLink} title={t('links.none')} text={t('links.noneText')} />
        ))}
      {links !== undefined && links.length > 1 && (
        <Checkbox
          px={8}
          mb={4}
          label={picked.length === 0 ? t('links.selectAll') : t('links.selected', { count: picked.length })}
          checked={picked.length === links.length}
          indeterminate={picked.length > 0 && picked.length < links.length}
          onChange={(event) =>
            setChosen(new Set(event.currentTarget.checked ? links.map(({ id }) => id) : []))
          }
        />
      )}
      <ul className={css.list} aria-label={all ? t('links.adminTitle') : t('links.title')}>
        {links?.map((link) => (
          <li key={link.id} className={css.item}>
            <Checkbox
              aria-label={t('links.select', { label: link.label })}
              checked={chosen.has(link.id)}
              onChange={() => toggle(link.id)}
            />
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>
                {link.label}{' '}
                {link.state !== 'active' && (
                  <Badge size="sm" tt="none" ml={4} variant="default">
                    {t(`links.state.${link.state}`)}
                  </Badge>
                )}
              </div>
              <div className={css.sub} style={{ whiteSpace: 'normal' }}>
                <Facts link={link} owner={all} />
              </div>
              <div className={css.sub}>{addressOf(link)}</div>
            </div>
            <div className={css.tools}>
              <CopyAddress link={link} name={`${t('links.copyAddress')}: ${link.label}`} />
              <Button
                variant="subtle"
                size="compact-sm"
                aria-label={`${t('links.statistics')}: ${link.label}`}
                onClick={() => setLooked(link)}
              >
                <IconChartBar size={17} />
              </Button>
              <Button
                variant="subtle"
                size="compact-sm"
                aria-label={t('links.settingsOf', { label: link.label })}
                onClick={() => setEdited(link)}
              >
                {t('links.settings')}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      <MoreButton query={query} mt="md" />
      {current && (
        <Modal
          opened
          size="lg"
          title={t('links.settingsOf', { label: current.label })}
          closeButtonProps={{ 'aria-label': t('common.close') }}
          onClose={() => setEdited(null)}
        >
          <LinkCard link={current} folder={current.roots.some((root) => root.kind === 'folder')} open />
        </Modal>
      )}
      {looked && <StatisticsDialog link={looked} onClose={() => setLooked(null)} />}
    </Page>
  );
}
