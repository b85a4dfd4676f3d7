import { ActionIcon, Button, Menu, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconArrowDown, IconArrowUp, IconDots, IconPlus, IconShield } from '@tabler/icons-react';
import type { AssignedRole } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { useAssignedRoles } from '../../api/queries.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { change } from '../teams/change.ts';
import { nameOf, useGroups } from './groups/group-options.ts';
import { Assignments } from './roles/assignments.tsx';
import { RoleDialog } from './roles/role-dialog.tsx';

/** Roles in their order: what they are, to whom they come by themselves, who was given them. */
export default function RolesScreen() {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<AssignedRole | 'new' | null>(null);
  const [assigning, setAssigning] = useState<AssignedRole | null>(null);
  const query = useAssignedRoles();
  const roles = query.data ?? [];
  const move = (from: number, to: number) => {
    const ids = roles.map((role) => role.id);
    const [moved] = ids.splice(from, 1);
    if (moved === undefined) return;
    ids.splice(to, 0, moved);
    void change(client.call('orderRoles', { body: { ids } }), null, [keys.roles]);
  };
  const make = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('new')}>
      {t('roles.new')}
    </Button>
  );
  return (
    <Page title={t('roles.title')} tools={query.isSuccess && roles.length === 0 ? null : make}>
      <Text c="dimmed" size="sm" mb="md">
        {t('roles.text')}
      </Text>
      {query.isPending && <Skeleton height={160} />}
      {query.isError && (
        <Failure icon={IconShield} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && roles.length === 0 && (
        <Empty icon={IconShield} title={t('roles.none')} text={t('roles.noneText')}>
          {make}
        </Empty>
      )}
      <ol className={css.list} aria-label={t('roles.title')}>
        {roles.map((role, at) => (
          <RoleRow
            key={role.id}
            role={role}
            onUp={at === 0 ? null : () => move(at, at - 1)}
            onDown={at === roles.length - 1 ? null : () => move(at, at + 1)}
            onEdit={() => setEditing(role)}
            onAssign={() => setAssigning(role)}
          />
        ))}
      </ol>
      {editing && <RoleDialog role={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {assigning && <Assignments role={assigning} onClose={() => setAssigning(null)} />}
    </Page>
  );
}

interface RowProps {
  readonly role: AssignedRole;
  readonly onUp: (() => void) | null;
  readonly onDown: (() => void) | null;
  onEdit(): void;
  onAssign(): void;
}

function RoleRow({ role, onUp, onDown, onEdit, onAssign }: RowProps) {
  const { t } = useTranslation();
  const groups = useGroups().data?.items ?? [];
  const name = role.label;
  const group = groups.find((each) => each.id === role.autoGroupId);
  const facts = [
    group && t('roles.byGroup', { name: nameOf(group) }),
    role.auto && t('roles.byAttribute', role.auto),
    role.description,
  ];
  const remove = () =>
    modals.openConfirmModal({
      title: t('roles.deleteTitle', { name }),
      children: <Text size="sm">{t('roles.deleteText')}</Text>,
      labels: { confirm: t('roles.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('deleteRole', { params: { id: role.id } }), t('roles.deleted', { name }), [
          keys.roles,
        ]),
    });
  return (
    <li className={css.item}>
      <IconShield size={20} stroke={1.6} aria-hidden="true" />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>{name}</div>
        <div className={css.sub}>{facts.filter(Boolean).join(' · ')}</div>
      </div>
      <div className={css.tools}>
        <ActionIcon
          size={36}
          disabled={onUp === null}
          aria-label={t('roles.up', { name })}
          onClick={() => onUp?.()}
        >
          <IconArrowUp size={18} />
        </ActionIcon>
        <ActionIcon
          size={36}
          disabled={onDown === null}
          aria-label={t('roles.down', { name })}
          onClick={() => onDown?.()}
        >
          <IconArrowDown size={18} />
        </ActionIcon>
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon size={36} aria-label={t('roles.more', { name })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onAssign}>{t('roles.assignments')}</Menu.Item>
            <Menu.Item onClick={onEdit}>{t('roles.edit')}</Menu.Item>
            <Menu.Item color="var(--mantine-color-error)" onClick={remove}>
              {t('roles.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </li>
  );
}
