import { ActionIcon, Badge, Menu, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconDots } from '@tabler/icons-react';
import type { CellDetail, Person, ShareRole } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { RoleSelect } from '../share/role-select.tsx';
import { SubjectLine } from '../share/subject-line.tsx';
import { PersonAvatar } from '../teams/person-avatar.tsx';
import { PersonPicker } from '../teams/person-picker.tsx';
import { cellsChanged, manages, tellCellError } from './cell-queries.ts';

type Entry = CellDetail['people'][number];

export function MembersCard({ cell }: { readonly cell: CellDetail }) {
  const { t } = useTranslation();
  const [role, setRole] = useState<ShareRole>('editor');
  const may = manages(cell);
  const set = (roleId: string, as: ShareRole) =>
    void client
      .call('setCellMember', { params: { id: cell.id, role: roleId }, body: { role: as } })
      .catch(tellCellError)
      .finally(cellsChanged);
  const add = (person: Person) => set(person.roleId, person.guest && role === 'manager' ? 'editor' : role);
  const without = [...cell.people.map((one) => one.subject.id), ...(cell.owner ? [cell.owner.id] : [])];
  return (
    <Card title={t('cells.members')}>
      {may && (
        <Stack gap="sm" mb="md">
          <RoleSelect value={role} label={t('share.role')} onChange={setRole} />
          <PersonPicker label={t('cells.addMember')} without={without} onPick={add} />
        </Stack>
      )}
      <ul className={css.list} aria-label={t('cells.members')}>
        {cell.owner && (
          <li className={css.item}>
            <PersonAvatar id={cell.owner.id} name={cell.owner.name} avatar={null} size={34} />
            <div className={css.name}>{cell.owner.name}</div>
            <Badge tt="none" variant="light">
              {t('cells.owner')}
            </Badge>
          </li>
        )}
        {cell.people.map((entry) => (
          <Member
            key={entry.subject.roleId}
            cell={cell}
            entry={entry}
            onRole={(as) => set(entry.subject.roleId, as)}
          />
        ))}
      </ul>
    </Card>
  );
}

interface MemberProps {
  readonly cell: CellDetail;
  readonly entry: Entry;
  onRole(role: ShareRole): void;
}

function Member({ cell, entry, onRole }: MemberProps) {
  const { t } = useTranslation();
  const { subject, role } = entry;
  const { name } = subject;
  if (!manages(cell))
    return (
      <SubjectLine subject={subject}>
        <Text size="sm">{t(`share.roles.${role}`)}</Text>
      </SubjectLine>
    );
  const remove = () =>
    void client
      .call('removeCellMember', { params: { id: cell.id, role: subject.roleId } })
      .catch(tellCellError)
      .finally(cellsChanged);
  const handOver = () =>
    modals.openConfirmModal({
      title: t('cells.handOverTitle', { cell: cell.name, name }),
      children: <Text size="sm">{t('cells.handOverText', { name })}</Text>,
      labels: { confirm: t('cells.handOver', { name }), cancel: t('common.cancel') },
      onConfirm: () =>
        void client
          .call('handOverCell', { params: { id: cell.id }, body: { userId: subject.id } })
          .catch(tellCellError)
          .finally(cellsChanged),
    });
  return (
    <SubjectLine subject={subject}>
      <RoleSelect
        quiet
        value={role}
        label={t('share.roleOf', { name })}
        guest={subject.kind === 'guest'}
        onChange={onRole}
      />
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {cell.role === 'owner' && subject.kind === 'user' && (
            <Menu.Item onClick={handOver}>{t('cells.handOver', { name })}</Menu.Item>
          )}
          <Menu.Item color="var(--mantine-color-error)" onClick={remove}>
            {t('cells.removeMember', { name })}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </SubjectLine>
  );
}
