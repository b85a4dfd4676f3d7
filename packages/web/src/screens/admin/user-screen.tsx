import { Anchor, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconArrowLeft, IconUsers } from '@tabler/icons-react';
import { isApiError } from '@volvox/client';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { useSession } from '../../session/store.ts';
import { DataCard } from '../account/data-card.tsx';
import { Empty, Failure } from '../files/empty.tsx';
import { Card, Page } from '../page.tsx';
import { ActAs } from './user/act-as.tsx';
import { ProfileCard } from './user/profile-card.tsx';
import { RolesCard } from './user/roles-card.tsx';
import { SignInCard } from './user/sign-in-card.tsx';
import { UserSessionsCard } from './user/user-sessions-card.tsx';
import { UserTokensCard } from './user/user-tokens-card.tsx';

/** Everything of one user. Group administrators see and change what they may: the profile, not the ways in. */
export default function UserScreen() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const me = useSession((state) => state.me?.user);
  const query = useQuery({
    queryKey: keys.user(id),
    queryFn: ({ signal }) => client.call('getUser', { params: { id }, signal }),
  });
  const user = query.data;
  const admin = me?.admin === true;
  const name = user ? user.displayName || user.login : t('admin.users');
  const actable = user !== undefined && admin && user.id !== me.id && !user.admin;
  return (
    <Page narrow title={name} tools={actable && <ActAs user={user} />}>
      <Anchor component={Link} to="/admin/users" size="sm" mb="md" display="inline-flex">
        <IconArrowLeft size={18} aria-hidden="true" style={{ marginInlineEnd: 4 }} />
        {t('userPage.back')}
      </Anchor>
      {query.isPending && <Skeleton height={320} />}
      {query.isError &&
        (isApiError(query.error, 'not_found') || isApiError(query.error, 'invalid_input') ? (
          <Empty icon={IconUsers} title={t('userPage.notFound')} text={t('userPage.notFoundText')} />
        ) : (
          <Failure icon={IconUsers} error={query.error} onRetry={() => void query.refetch()} />
        ))}
      {user && (
        <div key={user.id}>
          <ProfileCard user={user} />
          <RolesCard user={user} />
          {admin && (
            <>
              <SignInCard user={user} />
              <UserSessionsCard user={user} />
              <UserTokensCard user={user} />
              <Card title={t('links.adminTitle')} text={t('userPage.linksText')}>
                <Anchor component={Link} to={`/admin/links?owner=${user.id}`} size="sm">
                  {t('userPage.links')}
                </Anchor>
              </Card>
              <DataCard userId={user.id} />
            </>
          )}
        </div>
      )}
    </Page>
  );
}
