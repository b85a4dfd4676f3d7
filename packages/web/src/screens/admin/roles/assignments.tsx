import { ActionIcon, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import type { AssignedRole, Person } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { formatDate } from '../../../i18n/format.ts';
import css from '../../page.module.css';
import { change } from '../../teams/change.ts';
import { PersonAvatar } from '../../teams/person-avatar.tsx';
import { PersonPicker } from '../../teams/person-picker.tsx';

/** Users and groups that were given a role, for good or until a day. */
export function Assignments({ role, onClose }: { readonly role: AssignedRole; onClose(): void }) {
  const { t } = useTranslation();
  const [end, setEnd] = useState('');
  const key = keys.assignments(role.id);
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => client.call('listAssignments', { params: { id: role.id }, signal }),
  });
  const given = query.data?.items ?? [];
  const give = (person: Person) => {
    const expiresAt = end === '' ? null : new Date(`${end}T23:59:59`).getTime();
    const body = { kind: person.kind === 'group' ? 'group' : 'user', expiresAt } as const;
    const params = { id: role.id, subjectId: person.id };
    void change(client.call('assignRole', { params, body }), null, [key]);
  };
  const take = (subjectId: string) =>
    void change(client.call('unassignRole', { params: { id: role.id, subjectId } }), null, [key]);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('roles.assignmentsOf', { name: role.label })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        {query.isPending && <Skeleton height={56} />}
        {query.isSuccess && given.length === 0 && <Text size="sm">{t('roles.noAssignments')}</Text>}
        <ul className={css.list} aria-label={t('roles.assignments')}>
          {given.map(({ subjectId, kind, name, expiresAt }) => (
            <li key={subjectId} className={css.item}>
              <PersonAvatar id={subjectId} name={name} avatar={null} size={32} />
              <div style={{ minWidth: 0 }}>
                <div className={css.name}>{name}</div>
                <div className={css.sub}>
                  {[
                    kind === 'group' ? t('people.group') : null,
                    expiresAt === null
                      ? null
                      : expiresAt <= Date.now()
                        ? t('people.over')
                        : t('people.until', { when: formatDate(expiresAt) }),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </div>
              </div>
              <ActionIcon aria-label={t('people.remove', { name })} onClick={() => take(subjectId)}>
                <IconX size={16} />
              </ActionIcon>
            </li>
          ))}
        </ul>
        <TextInput
          type="date"
          label={t('people.endDate')}
          description={t('people.noEnd')}
          value={end}
          onChange={(event) => setEnd(event.currentTarget.value)}
        />
        <PersonPicker
          label={t('roles.assign')}
          kinds={['user', 'group']}
          without={given.map((each) => each.subjectId)}
          onPick={give}
        />
      </Stack>
    </Modal>
  );
}
