import { Badge, Button, Skeleton, ThemeIcon } from '@mantine/core';
import { IconHexagons, IconPlus } from '@tabler/icons-react';
import type { Cell } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { formatDate } from '../../i18n/format.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { SharedTabs } from '../share/shared-tabs.tsx';
import { colorOf, useCells } from './cell-queries.ts';
import { NewCell } from './new-cell.tsx';

/** The rooms that somebody owns or is a member of. */
export default function CellsScreen() {
  const { t } = useTranslation();
  const [making, setMaking] = useState(false);
  const query = useCells();
  return (
    <Page
      title={t('cells.title')}
      tools={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          {t('cells.new')}
        </Button>
      }
    >
      <SharedTabs />
      {query.isError && (
        <Failure icon={IconHexagons} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={120} />}
      {query.data?.length === 0 && (
        <Empty icon={IconHexagons} title={t('cells.none')} text={t('cells.noneText')} />
      )}
      <ul className={`${css.list} ${css.rows}`} aria-label={t('cells.title')}>
        {query.data?.map((cell) => (
          <Row key={cell.id} cell={cell} />
        ))}
      </ul>
      {making && <NewCell onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Row({ cell }: { readonly cell: Cell }) {
  const { t } = useTranslation();
  const role = cell.role === 'owner' ? t('cells.owner') : t(`share.roles.${cell.role}`);
  const facts = [
    role,
    t('share.members', { count: cell.members }),
    cell.endsAt !== null && !cell.ended && t('share.untilDay', { day: formatDate(cell.endsAt) }),
    cell.description,
  ];
  return (
    <li className={css.item}>
      <ThemeIcon variant="light" color={colorOf(cell)} size={38} radius={11} aria-hidden="true">
        <IconHexagons size={20} />
      </ThemeIcon>
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          <Link to={`/files/${cell.rootId}`}>{cell.name}</Link>{' '}
          {cell.ended && (
            <Badge size="sm" tt="none" color="gray" variant="light">
              {t('cells.ended')}
            </Badge>
          )}
        </div>
        <div className={css.sub}>{facts.filter(Boolean).join(' · ')}</div>
      </div>
      <Button
        component={Link}
        to={`/cells/${cell.id}`}
        variant="subtle"
        color="gray"
        size="compact-sm"
        aria-label={t('cells.details', { name: cell.name })}
      >
        {t('cells.members')}
      </Button>
    </li>
  );
}
