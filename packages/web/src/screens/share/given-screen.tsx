import { Button, Checkbox, Group, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileOff, IconShare3 } from '@tabler/icons-react';
import type { GivenShare, ShareRole } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate } from '../../i18n/format.ts';
import { FileIcon } from '../files/file-icon.tsx';
import { useFilesUi } from '../files/ui-store.ts';
import { askToRevoke } from './revoke.tsx';
import { shareRoles, useGiven } from './share-queries.ts';
import { SharedItem, SharedPage } from './shared-page.tsx';
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
  const none = {
    icon: IconShare3,
    title: asked ? t('shared.noneFound') : t('shared.noneByMe'),
    text: asked ? t('shared.noneFoundText') : t('shared.noneByMeText'),
  };
  const toggle = (id: string) =>
    setChosen((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <SharedPage
      title={t('shared.byMe')}
      tools={
        picked.length > 0 && (
          <Button color="red" variant="light" onClick={() => askToRevoke(picked, () => setChosen(new Set()))}>
            {t('share.revoke')} ({picked.length})
          </Button>
        )
      }
      filter={filter}
      onFilter={setFilter}
      filters={
        <Select
          aria-label={t('share.role')}
          placeholder={t('shared.anyRole')}
          clearable
          clearButtonProps={{ 'aria-label': t('shared.anyRole') }}
          data={shareRoles.map((value) => ({ value, label: t(`share.roles.${value}`) }))}
          value={role}
          onChange={(value) => setRole(shareRoles.find((one) => one === value) ?? null)}
        />
      }
      query={query}
      none={shares?.length === 0 ? none : null}
    >
      {shares?.map((share) => (
        <Row key={share.id} share={share} checked={chosen.has(share.id)} onToggle={() => toggle(share.id)} />
      ))}
    </SharedPage>
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
  const edit = t('common.edit');
  return (
    <SharedItem
      selected={checked}
      face={
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
      }
      name={
        <>
          {name} <Stale share={share} />
        </>
      }
      facts={[
        subject.name,
        t(`share.roles.${role}`),
        formatDate(share.createdAt),
        expiresAt !== null && t('share.untilDay', { day: formatDate(expiresAt) }),
      ]}
      action={
        node?.permissions.includes('share')
          ? { text: edit, label: `${edit}: ${name}`, run: () => open({ kind: 'share', node }) }
          : null
      }
    />
  );
}
