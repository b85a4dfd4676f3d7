import { Badge, Button, Group, Skeleton, Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFilter, IconShare3, IconUsersGroup } from '@tabler/icons-react';
import type { ReceivedShare } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { useWorkspaces } from '../../api/queries.ts';
import { formatDate } from '../../i18n/format.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { FileIcon } from '../files/file-icon.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { notifyFailure } from './revoke.tsx';
import { sharesChanged, useReceived } from './share-queries.ts';
import { SharedTabs } from './shared-tabs.tsx';

/** What others share with whoever looks. */
export default function ReceivedScreen() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState('');
  const [hidden, setHidden] = useState(false);
  const [q] = useDebouncedValue(filter.trim(), 200);
  const query = useReceived(q, hidden);
  const root = useWorkspaces().data?.find((workspace) => workspace.kind === 'received');
  const shares = query.data?.pages.flatMap((page) => page.items);
  const asked = q !== '' || hidden;
  return (
    <Page
      title={t('shared.withMe')}
      tools={
        root && (
          <Button component={Link} to={`/files/${root.rootId}`} variant="default">
            {t('shared.openAll')}
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
        <Switch
          label={t('shared.declined')}
          checked={hidden}
          onChange={(event) => setHidden(event.currentTarget.checked)}
        />
      </Group>
      {query.isError && (
        <Failure icon={IconShare3} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={160} />}
      {shares?.length === 0 && (
        <Empty
          icon={IconUsersGroup}
          title={asked ? t('shared.noneFound') : t('shared.noneWithMe')}
          text={asked ? t('shared.noneFoundText') : t('shared.noneWithMeText')}
        />
      )}
      <ul className={`${css.list} ${css.rows}`} aria-label={t('shared.withMe')}>
        {shares?.map((share) => (
          <Row key={share.id} share={share} />
        ))}
      </ul>
      <MoreButton query={query} mt="md" />
    </Page>
  );
}

function Row({ share }: { readonly share: ReceivedShare }) {
  const { t } = useTranslation();
  const { node, createdBy, expiresAt, message, subject } = share;
  const hide = (hidden: boolean) =>
    void client
      .call('hideShare', { params: { id: share.id }, body: { hidden } })
      .then(() => hidden && tell(t('shared.declinedDone', { name: node.name })), notifyFailure)
      .finally(sharesChanged);
  const to = node.kind === 'folder' ? `/files/${node.id}` : `/shared?preview=${node.id}`;
  const facts = [
    createdBy ? t('share.by', { name: createdBy.name }) : t('share.byNobody'),
    subject.kind !== 'user' && subject.kind !== 'guest' && t('share.via', { name: subject.name }),
    formatDate(share.createdAt),
    expiresAt !== null && t('share.untilDay', { day: formatDate(expiresAt) }),
    message !== '' && `“${message}”`,
  ];
  return (
    <li className={css.item}>
      <FileIcon node={node} size={34} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          <Link to={to}>{node.name}</Link>{' '}
          <Badge size="sm" tt="none" variant="light">
            {t(`share.roles.${share.role}`)}
          </Badge>
        </div>
        <div className={css.sub} style={{ whiteSpace: 'normal' }}>
          {facts.filter(Boolean).join(' · ')}
        </div>
      </div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        aria-label={t(share.hidden ? 'shared.takeBackOf' : 'shared.declineOf', { name: node.name })}
        onClick={() => hide(!share.hidden)}
      >
        {t(share.hidden ? 'shared.takeBack' : 'shared.decline')}
      </Button>
    </li>
  );
}
