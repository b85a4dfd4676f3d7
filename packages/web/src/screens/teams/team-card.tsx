import { ActionIcon, Badge, Menu, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconDots } from '@tabler/icons-react';
import type { Team, TeamMember } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { formatDate } from '../../i18n/format.ts';
import { useSession } from '../../session/store.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { change } from './change.ts';
import { PersonAvatar } from './person-avatar.tsx';
import { PersonPicker } from './person-picker.tsx';
import { TeamDialog } from './team-dialog.tsx';

/** A team with its members and what the asker may do with them. */
export function TeamCard({ team }: { readonly team: Team }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: keys.team(team.id),
    queryFn: ({ signal }) => client.call('getTeam', { params: { id: team.id }, signal }),
  });
  const members = query.data?.members ?? [];
  const manages = team.role !== 'member';
  const add = (subjectId: string) =>
    void change(client.call('setTeamMember', { params: { id: team.id, subjectId }, body: {} }), null, [
      keys.team(team.id),
    ]);
  const about = team.role === 'owner' ? null : t('teams.ownedBy', { name: team.owner.displayName });
  return (
    <Card
      title={team.name}
      text={[about, team.description].filter(Boolean).join(' · ')}
      tools={<TeamMenu team={team} />}
    >
      {query.isPending && <Skeleton height={56} />}
      <ul className={css.list} aria-label={t('teams.members', { name: team.name })}>
        {members.map((member) => (
          <MemberRow key={member.id} team={team} member={member} />
        ))}
      </ul>
      {manages && (
        <PersonPicker
          label={t('teams.addMember')}
          kinds={['user']}
          without={members.map((member) => member.id)}
          onPick={(person) => add(person.id)}
        />
      )}
    </Card>
  );
}

function TeamMenu({ team }: { readonly team: Team }) {
  const { t } = useTranslation();
  const own = useSession((state) => state.me?.user.id) ?? '';
  const [editing, setEditing] = useState(false);
  const { name } = team;
  const confirm = (what: 'leave' | 'delete', action: () => Promise<unknown>) =>
    modals.openConfirmModal({
      title: t(`teams.${what}Title`, { name }),
      children: <Text size="sm">{t(`teams.${what}Text`)}</Text>,
      labels: { confirm: t(`teams.${what}`), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(action(), what === 'delete' ? t('teams.deleted', { name }) : null, [keys.teams]),
    });
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {team.role !== 'member' && (
            <Menu.Item onClick={() => setEditing(true)}>{t('teams.edit')}</Menu.Item>
          )}
          {team.role === 'owner' ? (
            <Menu.Item
              color="var(--mantine-color-error)"
              onClick={() => confirm('delete', () => client.call('deleteTeam', { params: { id: team.id } }))}
            >
              {t('teams.delete')}
            </Menu.Item>
          ) : (
            <Menu.Item
              color="var(--mantine-color-error)"
              onClick={() =>
                confirm('leave', () =>
                  client.call('removeTeamMember', { params: { id: team.id, subjectId: own } }),
                )
              }
            >
              {t('teams.leave')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {editing && <TeamDialog team={team} onClose={() => setEditing(false)} />}
    </>
  );
}

function MemberRow({ team, member }: { readonly team: Team; readonly member: TeamMember }) {
  const { t } = useTranslation();
  const name = member.displayName;
  const facts = [
    t(`teams.${member.role}`),
    member.guest ? t('people.guest') : null,
    member.expiresAt === null ? null : t('people.until', { when: formatDate(member.expiresAt) }),
  ];
  return (
    <li className={css.item}>
      <PersonAvatar id={member.id} name={name} avatar={member.avatar} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {name}{' '}
          {member.role === 'owner' && (
            <Badge size="sm" tt="none" ml={4} variant="light">
              {t('teams.owner')}
            </Badge>
          )}
        </div>
        <div className={css.sub}>{facts.filter(Boolean).join(' · ')}</div>
      </div>
      {team.role !== 'member' && member.role !== 'owner' && <MemberMenu team={team} member={member} />}
    </li>
  );
}

function MemberMenu({ team, member }: { readonly team: Team; readonly member: TeamMember }) {
  const { t } = useTranslation();
  const name = member.displayName;
  const params = { id: team.id, subjectId: member.id };
  const touched = [keys.teams];
  const isOwner = team.role === 'owner';
  const set = (manager: boolean) =>
    void change(client.call('setTeamMember', { params, body: { manager } }), null, touched);
  const handOver = () =>
    modals.openConfirmModal({
      title: t('teams.handOver'),
      children: <Text size="sm">{t('teams.handOverText', { name })}</Text>,
      labels: { confirm: t('teams.handOver'), cancel: t('common.cancel') },
      onConfirm: () =>
        void change(
          client.call('updateTeam', { params: { id: team.id }, body: { ownerId: member.id } }),
          t('teams.saved', { name: team.name }),
          touched,
        ),
    });
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {isOwner && !member.guest && (
          <Menu.Item onClick={() => set(member.role !== 'manager')}>
            {member.role === 'manager' ? t('teams.makeMember') : t('teams.makeManager')}
          </Menu.Item>
        )}
        {isOwner && member.role === 'manager' && !member.guest && (
          <Menu.Item onClick={handOver}>{t('teams.handOver')}</Menu.Item>
        )}
        <Menu.Item
          color="var(--mantine-color-error)"
          onClick={() => void change(client.call('removeTeamMember', { params }), null, touched)}
        >
          {t('teams.removeMember')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
