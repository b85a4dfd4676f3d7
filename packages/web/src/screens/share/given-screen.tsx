import { Button, Checkbox, Group, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileOff, IconFilter, IconShare3 } from '@tabler/icons-react';
import type { GivenShare, ShareRole } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate } from '../../i18n/format.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { FileIcon } from '../files/file-icon.tsx';
import { useFilesUi } from '../files/ui-store.ts';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { askToRevoke } from './revoke.tsx';
import { shareRoles, useGiven } from './share-queries.ts';
import { SharedTabs } from './shared-tabs.tsx';
import { Stale } from './share-list.tsx';

/** What whoever looks has shared with people, and the way to take it back. */
export default function GivenScreen() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState('');
  const [role, setRole] = useState<ShareRole | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [q] = useDebouncedValue(filter.trim(), 200);
  const query = useGiven(q, role);
  const shares = query.data?.pages.flatMap((page) => page.items);
  const picked = shares?.filter((share) => chosen.has(share.id)) ?? [];
  const asked = q !== '' || role !== null;
  const toggle = (id: string) =>
    setChosen((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <Page
      title={t('shared.byMe')}
      tools={
        picked.length > 0 && (
          <Button color="red" variant="light" onClick={() => askToRevoke(picked, () => setChosen(new Set()))}>
            {t('share.revoke')} ({picked.length})
          </Button>
        )
      }
    >
      <SharedTabs />
      <Group mb="md">
        <TextInput
          type="search"
          variant="filled"
          flex={1}
          miw={180}
          leftSection={<IconFilter size={15} />}
          aria-label={t('shared.filter')}
          placeholder={t('shared.filter')}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <Select
          aria-label={t('share.role')}
          placeholder={t('shared.anyRole')}
          clearable
          clearButtonProps={{ 'aria-label': t('shared.anyRole') }}
          data={shareRoles.map((value) => ({ value, label: t(`share.roles.${value}`) }))}
          value={role}
          onChange={(value) => setRole(shareRoles.find((one) => one === value) ?? null)}
        />
      </Group>
      {query.isError && (
        <Failure icon={IconShare3} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={160} />}
      {shares?.length === 0 && (
        <Empty
          icon={IconShare3}
          title={asked ? t('shared.noneFound') : t('shared.noneByMe')}
          text={asked ? t('shared.noneFoundText') : t('shared.noneByMeText')}
        />
      )}
      <ul className={`${css.list} ${css.rows}`} aria-label={t('shared.byMe')}>
        {shares?.map((share) => (
          <Row
            key={share.id}
            share={share}
            checked={chosen.has(share.id)}
            onToggle={() => toggle(share.id)}
          />
        ))}
      </ul>
      <MoreButton query={query} mt="md" />
    </Page>
  );
}

interface RowProps {
  readonly share: GivenShare;
  readonly checked: boolean;
  onToggle(): void;
}

function Row({ share, checked, onToggle }: RowProps) {
  const { t } = useTranslation();
  const open = useFilesUi((state) => state.open);
  const { node, subject, role, expiresAt } = share;
  const name = node?.name ?? t('shared.gone');
  const facts = [
    subject.name,
    t(`share.roles.${role}`),
    formatDate(share.createdAt),
    expiresAt !== null && t('share.untilDay', { day: formatDate(expiresAt) }),
  ];
  return (
    <li className={css.item} data-selected={checked || undefined}>
      <Group gap="sm" wrap="nowrap">
        <Checkbox
          checked={checked}
          aria-label={t('shared.select', { name, who: subject.name })}
          onChange={onToggle}
        />
        {node ? (
          <FileIcon node={node} size={34} />
        ) : (
          <IconFileOff size={34} stroke={1.2} aria-hidden="true" />
        )}
      </Group>
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {name} <Stale share={share} />
        </div>
        <div className={css.sub} style={{ whiteSpace: 'normal' }}>
          {facts.filter(Boolean).join(' · ')}
        </div>
      </div>
      {node?.permissions.includes('share') && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-label={`${t('common.edit')}: ${name}`}
          onClick={() => open({ kind: 'share', node })}
        >
          {t('common.edit')}
        </Button>
      )}
    </li>
  );
}
