import { Badge, Button, Checkbox, Group, Modal, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconChartBar, IconLink, IconLinkOff, IconSearch } from '@tabler/icons-react';
import type { Link as PublicLink, LinkState } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { SharedTabs } from '../share/shared-tabs.tsx';
import { CopyAddress } from './copy-address.tsx';
import { Facts } from './facts.tsx';
import { addressOf } from './link-address.ts';
import { LinkCard } from './link-card.tsx';
import { useLinks } from './link-queries.ts';
import { RevokeButton } from './revoke.tsx';
import { StatisticsDialog } from './statistics-dialog.tsx';

const states: readonly LinkState[] = ['active', 'scheduled', 'expired', 'exhausted', 'disabled', 'blocked'];

/** Every link of one's own, or of everybody. */
export default function LinksScreen({ all = false }: { readonly all?: boolean }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const [state, setState] = useState<LinkState | null>(null);
  const [kind, setKind] = useState<PublicLink['kind'] | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [edited, setEdited] = useState<PublicLink | null>(null);
  const [looked, setLooked] = useState<PublicLink | null>(null);
  const query = useLinks({
    all,
    ...(q ? { q } : {}),
    ...(state ? { state } : {}),
    ...(kind ? { kind } : {}),
  });
  const links = query.data?.pages.flatMap((page) => page.items);
  const asked = q !== '' || state !== null || kind !== null;
  // Nothing is revoked that is no longer seen.
  const picked = links?.filter(({ id }) => chosen.has(id)) ?? [];
  const current = links?.find(({ id }) => id === edited?.id) ?? edited;
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
      <Group mb="md">
        <TextInput
          type="search"
          flex={1}
          miw={180}
          leftSection={<IconSearch size={16} />}
          aria-label={all ? t('links.searchAll') : t('links.search')}
          placeholder={all ? t('links.searchAll') : t('links.search')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setChosen(new Set());
          }}
        />
        <Select
          aria-label={t('links.filterState')}
          placeholder={t('links.state.any')}
          clearable
          clearButtonProps={{ 'aria-label': t('links.state.any') }}
          data={states.map((value) => ({ value, label: t(`links.state.${value}`) }))}
          value={state}
          onChange={(value) => {
            setState(value as LinkState | null);
            setChosen(new Set());
          }}
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
          onChange={(value) => {
            setKind(value as PublicLink['kind'] | null);
            setChosen(new Set());
          }}
        />
      </Group>
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
