import { Badge, Button, Checkbox, Modal, Select, Skeleton } from '@mantine/core';
import { IconChartBar, IconLink, IconLinkOff } from '@tabler/icons-react';
import type { Link as PublicLink, LinkState } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { Facts } from './facts.tsx';
import { LinkCard } from './link-card.tsx';
import { useLinks } from './link-queries.ts';
import { RevokeButton } from './revoke.tsx';
import { StatisticsDialog } from './statistics-dialog.tsx';

const states: readonly LinkState[] = ['active', 'scheduled', 'expired', 'exhausted', 'disabled', 'blocked'];

/** Every link of one's own, or of everybody. */
export default function LinksScreen({ all = false }: { readonly all?: boolean }) {
  const { t } = useTranslation();
  const [state, setState] = useState<LinkState | null>(null);
  const [kind, setKind] = useState<PublicLink['kind'] | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [edited, setEdited] = useState<PublicLink | null>(null);
  const [looked, setLooked] = useState<PublicLink | null>(null);
  const query = useLinks({ all, ...(state ? { state } : {}), ...(kind ? { kind } : {}) });
  const links = query.data?.pages.flatMap((page) => page.items);
  const picked = links?.filter(({ id }) => chosen.has(id)) ?? [];
  const current = links?.find(({ id }) => id === edited?.id) ?? edited;
  const toggle = (id: string) =>
    setChosen((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <Page
      title={all ? t('links.adminTitle') : t('links.title')}
      tools={<RevokeButton links={picked} onRevoked={() => setChosen(new Set())} />}
    >
      <div className={css.chips}>
        <Select
          aria-label={t('links.filterState')}
          placeholder={t('links.state.any')}
          clearable
          clearButtonProps={{ 'aria-label': t('links.state.any') }}
          data={states.map((value) => ({ value, label: t(`links.state.${value}`) }))}
          value={state}
          onChange={(value) => setState(value as LinkState | null)}
        />
        <Select
          aria-label={t('links.filterKind')}
          placeholder={t('links.kind.any')}
          clearable
          clearButtonProps={{ 'aria-label': t('links.kind.any') }}
          data={[
            { value: 'link', label: t('links.kind.link') },
            { value: 'request', label: t('links.kind.request') },
          ]}
          value={kind}
          onChange={(value) => setKind(value as PublicLink['kind'] | null)}
        />
      </div>
      {query.isError && (
        <Failure icon={IconLinkOff} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={160} />}
      {links?.length === 0 && <Empty icon={IconLink} title={t('links.none')} text={t('links.noneText')} />}
      <ul className={css.list} aria-label={t('links.title')}>
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
            </div>
            <div className={css.tools}>
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
