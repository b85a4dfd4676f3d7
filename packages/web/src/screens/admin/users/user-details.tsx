import { Drawer, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Group, RoleOfUser, User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { formatDate } from '../../../i18n/format.ts';
import css from '../../page.module.css';
import { groupOptions } from '../groups/group-options.ts';

interface Props {
  readonly user: User;
  readonly groups: readonly Group[];
  onClose(): void;
}

/** What a user is and which roles hold now. */
export function UserDetails({ user, groups, onClose }: Props) {
  const { t } = useTranslation();
  const name = user.displayName || user.login;
  const group = groupOptions(groups).find((option) => option.value === user.groupId);
  const attributes = Object.entries(user.attributes);
  const facts = [
    [user.login, user.email].filter(Boolean).join(' · '),
    group && `${t('users.group')}: ${group.label}`,
    t('users.created', { when: formatDate(user.createdAt) }),
    user.expiresAt !== null && t('users.expires', { when: formatDate(user.expiresAt) }),
    user.source !== '' && t('users.keptBy', { source: user.source }),
  ].filter((fact) => typeof fact === 'string');
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title={t('users.detailsOf', { name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <div>
          {facts.map((fact) => (
            <Text key={fact} size="sm">
              {fact}
            </Text>
          ))}
        </div>
        <section aria-label={t('users.attributes')}>
          <h2>{t('users.attributes')}</h2>
          {attributes.length === 0 && <Text size="sm">{t('users.noAttributes')}</Text>}
          {attributes.length > 0 && (
            <Table>
              <Table.Tbody>
                {attributes.map(([key, value]) => (
                  <Table.Tr key={key}>
                    <Table.Th scope="row">{key}</Table.Th>
                    <Table.Td>{value}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </section>
        <Roles user={user} />
      </Stack>
    </Drawer>
  );
}

function Roles({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: keys.rolesOfUser(user.id),
    queryFn: ({ signal }) => client.call('listRolesOfUser', { params: { id: user.id }, signal }),
  });
  const kinds: Readonly<Record<RoleOfUser['kind'], string>> = {
    group: t('users.kindGroup'),
    team: t('users.kindTeam'),
    assigned: t('users.kindAssigned'),
  };
  return (
    <section aria-label={t('users.roles')}>
      <h2>{t('users.roles')}</h2>
      <Text size="sm" c="dimmed">
        {t('users.rolesText')}
      </Text>
      {query.isPending && <Skeleton height={80} mt="sm" />}
      <ol className={css.list}>
        {query.data?.items.map((role) => (
          <li key={role.id} className={css.item} style={{ gridTemplateColumns: 'minmax(0, 1fr) auto' }}>
            <div className={css.name}>{role.name}</div>
            <div className={css.sub}>
              {[
                kinds[role.kind],
                role.expiresAt === null ? null : t('people.until', { when: formatDate(role.expiresAt) }),
              ]
                .filter(Boolean)
                .join(' · ')}
            </div>
          </li>
        ))}
        {user.admin && (
          <li className={css.item} style={{ gridTemplateColumns: 'minmax(0, 1fr)' }}>
            <div className={css.name}>{t('account.admin')}</div>
          </li>
        )}
        <li className={css.item} style={{ gridTemplateColumns: 'minmax(0, 1fr)' }}>
          <div className={css.name}>{t('users.ownRole')}</div>
        </li>
      </ol>
    </section>
  );
}
