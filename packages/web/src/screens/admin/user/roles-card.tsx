import { ActionIcon, Select, Skeleton } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import type { RoleOfUser, User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { useAssignedRoles } from '../../../api/queries.ts';
import { formatDate } from '../../../i18n/format.ts';
import { useSession } from '../../../session/store.ts';
import { Card } from '../../page.tsx';
import css from '../../page.module.css';
import { change } from '../../teams/change.ts';

const columns = { gridTemplateColumns: 'minmax(0, 1fr) auto' };

/** The roles that hold now, weakest first; administrators give more and take away what was given to the user itself. */
export function RolesCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const admin = useSession((state) => state.me?.user.admin) === true;
  const query = useQuery({
    queryKey: keys.rolesOfUser(user.id),
    queryFn: ({ signal }) => client.call('listRolesOfUser', { params: { id: user.id }, signal }),
  });
  const roles = query.data?.items ?? [];
  const given = useGiven(user.id, admin ? roles : []);
  const kinds: Readonly<Record<RoleOfUser['kind'], string>> = {
    group: t('users.kindGroup'),
    team: t('users.kindTeam'),
    assigned: t('users.kindAssigned'),
  };
  const take = ({ id }: RoleOfUser) =>
    void change(client.call('unassignRole', { params: { id, subjectId: user.id } }), null, [
      keys.rolesOfUser(user.id),
      keys.roles,
    ]);
  return (
    <Card title={t('users.roles')} text={t('users.rolesText')}>
      {query.isPending && <Skeleton height={80} />}
      <ol className={css.list}>
        {roles.map((role) => (
          <li key={role.id} className={css.item} style={columns}>
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>{role.name}</div>
              <div className={css.sub}>
                {[
                  kinds[role.kind],
                  role.expiresAt === null ? null : t('people.until', { when: formatDate(role.expiresAt) }),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </div>
            </div>
            {given.has(role.id) && (
              <ActionIcon
                size={36}
                aria-label={t('userPage.takeRole', { name: role.name })}
                onClick={() => take(role)}
              >
                <IconX size={16} />
              </ActionIcon>
            )}
          </li>
        ))}
        {user.admin && (
          <li className={css.item} style={columns}>
            <div className={css.name}>{t('account.admin')}</div>
          </li>
        )}
        <li className={css.item} style={columns}>
          <div className={css.name}>{t('users.ownRole')}</div>
        </li>
      </ol>
      {admin && <GiveRole user={user} given={given} />}
    </Card>
  );
}

function GiveRole({ user, given }: { readonly user: User; readonly given: ReadonlySet<string> }) {
  const { t } = useTranslation();
  const all = useAssignedRoles().data;
  const free = all?.filter((role) => !given.has(role.id)) ?? [];
  if (free.length === 0) return null;
  const give = (id: string) => {
    const params = { id, subjectId: user.id };
    const call = client.call('assignRole', { params, body: { kind: 'user' } });
    void change(call, null, [keys.rolesOfUser(user.id), keys.assignments(id)]);
  };
  return (
    <Select
      mt="sm"
      aria-label={t('userPage.giveRole')}
      placeholder={t('userPage.giveRole')}
      searchable
      value={null}
      data={free.map((role) => ({ value: role.id, label: role.label }))}
      onChange={(id) => id !== null && give(id)}
    />
  );
}

/** Ids of the roles that were given to the user itself: those of groups, or that come by themselves, can't be taken from one alone. */
function useGiven(userId: string, roles: readonly RoleOfUser[]): ReadonlySet<string> {
  const assigned = roles.filter((role) => role.kind === 'assigned');
  return useQueries({
    queries: assigned.map(({ id }) => ({
      queryKey: keys.assignments(id),
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.call('listAssignments', { params: { id }, signal }),
    })),
    combine: (results) =>
      new Set(
        results.flatMap(({ data }, at) => {
          const id = assigned[at]?.id;
          const own = data?.items.some((each) => each.subjectId === userId);
          return id !== undefined && own ? [id] : [];
        }),
      ),
  });
}
