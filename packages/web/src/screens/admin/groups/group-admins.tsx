import { ActionIcon, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import type { Group } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { useSession } from '../../../session/store.ts';
import css from '../../page.module.css';
import { change } from '../../teams/change.ts';
import { PersonAvatar } from '../../teams/person-avatar.tsx';
import { PersonPicker } from '../../teams/person-picker.tsx';
import { nameOf } from './group-options.ts';

/** Who manages a group; only admins change it. */
export function GroupAdmins({ group, onClose }: { readonly group: Group; onClose(): void }) {
  const { t } = useTranslation();
  const admin = useSession((state) => state.me?.user.admin) === true;
  const key = keys.groupAdmins(group.id);
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => client.call('listGroupAdmins', { params: { id: group.id }, signal }),
  });
  const people = query.data?.items ?? [];
  const set = (route: 'addGroupAdmin' | 'removeGroupAdmin', subjectId: string) =>
    void change(client.call(route, { params: { id: group.id, subjectId } }), null, [key]);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('groups.adminsOf', { name: nameOf(group) })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t('groups.adminsText')}
        </Text>
        {query.isPending && <Skeleton height={56} />}
        {query.isSuccess && people.length === 0 && <Text size="sm">{t('groups.noAdmins')}</Text>}
        <ul className={css.list} aria-label={t('groups.admins')}>
          {people.map(({ id, displayName: name }) => (
            <li key={id} className={css.item}>
              <PersonAvatar id={id} name={name} avatar={null} size={32} />
              <div className={css.name}>{name}</div>
              {admin && (
                <ActionIcon
                  aria-label={t('people.remove', { name })}
                  onClick={() => set('removeGroupAdmin', id)}
                >
                  <IconX size={16} />
                </ActionIcon>
              )}
            </li>
          ))}
        </ul>
        {admin && (
          <PersonPicker
            label={t('groups.addAdmin')}
            kinds={['user']}
            without={people.map((person) => person.id)}
            onPick={(person) => set('addGroupAdmin', person.id)}
          />
        )}
      </Stack>
    </Modal>
  );
}
