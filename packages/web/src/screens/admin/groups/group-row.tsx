import { ActionIcon, Menu, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconDots, IconUsersGroup } from '@tabler/icons-react';
import type { Group } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import css from '../../page.module.css';
import { change } from '../../teams/change.ts';
import type { GroupTask } from './group-dialog.tsx';
import { nameOf } from './group-options.ts';

interface Props {
  readonly group: Group;
  readonly depth: number;
  /** Whether it hangs below one that is shown too: only such can be changed. */
  readonly below: boolean;
  onTask(task: GroupTask): void;
  onAdmins(group: Group): void;
}

export function GroupRow({ group, depth, below, onTask, onAdmins }: Props) {
  const { t } = useTranslation();
  const name = nameOf(group);
  const remove = () =>
    modals.openConfirmModal({
      title: t('groups.deleteTitle', { name }),
      children: <Text size="sm">{t('groups.deleteText')}</Text>,
      labels: { confirm: t('groups.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('deleteGroup', { params: { id: group.id } }), t('groups.deleted', { name }), [
          keys.groups,
        ]),
    });
  return (
    <li className={css.item} style={{ paddingInlineStart: `calc(8px + ${Math.min(depth, 8)} * 22px)` }}>
      <IconUsersGroup size={20} stroke={1.6} aria-hidden="true" />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>{name}</div>
        <div className={css.sub}>{t('groups.members', { count: group.members })}</div>
      </div>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon size={36} aria-label={t('groups.more', { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} to={`/admin/users?group=${group.id}`}>
            {t('groups.showUsers')}
          </Menu.Item>
          <Menu.Item onClick={() => onTask({ kind: 'new', below: group })}>
            {t('groups.newBelow', { name })}
          </Menu.Item>
          <Menu.Item onClick={() => onAdmins(group)}>{t('groups.admins')}</Menu.Item>
          {below && (
            <>
              <Menu.Item onClick={() => onTask({ kind: 'rename', group })}>{t('groups.rename')}</Menu.Item>
              <Menu.Item onClick={() => onTask({ kind: 'move', group })}>{t('groups.move')}</Menu.Item>
              <Menu.Item color="var(--mantine-color-error)" onClick={remove}>
                {t('groups.delete')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
