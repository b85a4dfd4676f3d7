import { Button, Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { useSession } from '../../session/store.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { useManagesGroups } from '../../shell/places.ts';
import { Card, Page } from '../page.tsx';
import { GuestsCard } from './guests-card.tsx';
import { TeamCard } from './team-card.tsx';
import { TeamDialog } from './team-dialog.tsx';

/** Own teams and guests; for who manages groups, the way there. */
export default function TeamsScreen() {
  const { t } = useTranslation();
  const user = useSession((state) => state.me?.user);
  const [making, setMaking] = useState(false);
  const query = useQuery({
    queryKey: keys.teams,
    queryFn: ({ signal }) => client.call('listTeams', { signal }),
  });
  const guest = user?.kind === 'guest';
  const make = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      {t('teams.new')}
    </Button>
  );
  const teams = query.data?.items;
  return (
    <Page title={t('teams.title')} tools={guest || teams?.length === 0 ? null : make}>
      <Text c="dimmed" size="sm" mb="md">
        {t('teams.text')}
      </Text>
      {query.isPending && <Skeleton height={120} />}
      {query.isError && (
        <Failure icon={IconUsersGroup} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {teams?.length === 0 && (
        <Empty icon={IconUsersGroup} title={t('teams.none')} text={t('teams.noneText')}>
          {!guest && make}
        </Empty>
      )}
      {teams?.map((team) => (
        <TeamCard key={team.id} team={team} />
      ))}
      {!guest && <GuestsCard />}
      <ManagedCard />
      {making && <TeamDialog team={null} onClose={() => setMaking(false)} />}
    </Page>
  );
}

/** Group administrators are few: who is none sees nothing. */
function ManagedCard() {
  const { t } = useTranslation();
  if (!useManagesGroups()) return null;
  return (
    <Card title={t('teams.managed')} text={t('teams.managedText')}>
      <Group>
        <Button variant="light" component={Link} to="/admin/users">
          {t('teams.toUsers')}
        </Button>
        <Button variant="light" component={Link} to="/admin/groups">
          {t('teams.toGroups')}
        </Button>
      </Group>
    </Card>
  );
}
