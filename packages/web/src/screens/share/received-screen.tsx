import { Badge, Button, Switch } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconUsersGroup } from '@tabler/icons-react';
import type { ReceivedShare } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { useWorkspaces } from '../../api/queries.ts';
import { formatDate } from '../../i18n/format.ts';
import { FileIcon } from '../files/file-icon.tsx';
import { notifyFailure } from './revoke.tsx';
import { sharesChanged, useReceived } from './share-queries.ts';
import { SharedItem, SharedPage } from './shared-page.tsx';

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
  const none = {
    icon: IconUsersGroup,
    title: asked ? t('shared.noneFound') : t('shared.noneWithMe'),
    text: asked ? t('shared.noneFoundText') : t('shared.noneWithMeText'),
  };
  return (
    <SharedPage
      title={t('shared.withMe')}
      tools={
        root && (
          <Button component={Link} to={`/files/${root.rootId}`} variant="default">
            {t('shared.openAll')}
          </Button>
        )
      }
      filter={filter}
      onFilter={setFilter}
      filters={
        <Switch
          label={t('shared.declined')}
          checked={hidden}
          onChange={(event) => setHidden(event.currentTarget.checked)}
        />
      }
      query={query}
      none={shares?.length === 0 ? none : null}
    >
      {shares?.map((share) => (
        <Row key={share.id} share={share} />
      ))}
    </SharedPage>
  );
}

function Row({ share }: { readonly share: ReceivedShare }) {
  const { t } = useTranslation();
  const { node, createdBy, expiresAt, message, subject } = share;
  const { name } = node;
  const hide = (hidden: boolean) =>
    void client
      .call('hideShare', { params: { id: share.id }, body: { hidden } })
      .then(() => hidden && tell(t('shared.declinedDone', { name })), notifyFailure)
      .finally(sharesChanged);
  const to = node.kind === 'folder' ? `/files/${node.id}` : `/shared?preview=${node.id}`;
  return (
    <SharedItem
      face={<FileIcon node={node} size={34} />}
      name={
        <>
          <Link to={to}>{name}</Link>{' '}
          <Badge size="sm" tt="none" variant="light">
            {t(`share.roles.${share.role}`)}
          </Badge>
        </>
      }
      facts={[
        createdBy ? t('share.by', { name: createdBy.name }) : t('share.byNobody'),
        subject.kind !== 'user' && subject.kind !== 'guest' && t('share.via', { name: subject.name }),
        formatDate(share.createdAt),
        expiresAt !== null && t('share.untilDay', { day: formatDate(expiresAt) }),
        message !== '' && `“${message}”`,
      ]}
      action={{
        text: t(share.hidden ? 'shared.takeBack' : 'shared.decline'),
        label: t(share.hidden ? 'shared.takeBackOf' : 'shared.declineOf', { name }),
        run: () => hide(!share.hidden),
      }}
    />
  );
}
