import { ActionIcon, Badge, Checkbox, Group, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { formatRelative } from '../../../i18n/format.ts';
import { useSession } from '../../../session/store.ts';
import css from '../../page.module.css';
import { change } from '../../teams/change.ts';
import { PersonAvatar } from '../../teams/person-avatar.tsx';

export interface UserTask {
  readonly kind: 'password' | 'delete';
  readonly user: User;
}

interface Props {
  readonly user: User;
  readonly chosen: boolean;
  onChoose(on: boolean): void;
  onTask(task: UserTask): void;
}

export function UserRow({ user, chosen, onChoose, onTask }: Props) {
  const { t } = useTranslation();
  const own = useSession((state) => state.me?.user.id === user.id);
  const name = user.displayName || user.login;
  const seen =
    user.lastLoginAt === null
      ? t('admin.neverHere')
      : t('account.lastSeen', { when: formatRelative(user.lastLoginAt) });
  return (
    <li className={css.item}>
      <Group gap="sm" wrap="nowrap">
        <Checkbox
          aria-label={t('users.select', { name })}
          checked={chosen}
          disabled={own}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
        <PersonAvatar
          id={user.id}
          name={name}
          avatar={user.avatar}
          color={user.disabled ? 'gray' : 'volvox'}
        />
      </Group>
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          <Link to={`/admin/users/${user.id}`}>{name}</Link> <Badges user={user} />
        </div>
        <div className={css.sub}>
          {[user.login, user.email === user.login ? null : user.email, seen].filter(Boolean).join(' · ')}
        </div>
      </div>
      <UserMenu user={user} own={own} onTask={onTask} />
    </li>
  );
}

function Badges({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const now = Date.now();
  const over = user.expiresAt !== null && user.expiresAt <= now;
  const marks = [
    user.admin && { text: t('account.admin'), variant: 'light' },
    user.kind === 'guest' && { text: t('people.guest'), variant: 'light' },
    user.disabled && { text: t('admin.disabled'), variant: 'default' },
    over && { text: t('people.over'), variant: 'default' },
    user.lockedUntil !== null && user.lockedUntil > now && { text: t('admin.locked'), variant: 'default' },
  ].filter((mark) => mark !== false);
  return marks.map(({ text, variant }) => (
    <Badge key={text} size="sm" tt="none" ml={4} variant={variant}>
      {text}
    </Badge>
  ));
}

function UserMenu({
  user,
  own,
  onTask,
}: {
  readonly user: User;
  readonly own: boolean;
  onTask(task: UserTask): void;
}) {
  const { t } = useTranslation();
  const admin = useSession((state) => state.me?.user.admin) === true;
  const name = user.displayName || user.login;
  const locked = user.lockedUntil !== null && user.lockedUntil > Date.now();
  const update = (body: { disabled?: boolean; unlock?: boolean }) =>
    void change(
      client.call('updateUser', { params: { id: user.id }, body }),
      t('admin.userSaved', { name }),
      [keys.users],
    );
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={`/admin/users/${user.id}`}>
          {t('users.details')}
        </Menu.Item>
        <Menu.Item onClick={() => onTask({ kind: 'password', user })}>{t('admin.resetPassword')}</Menu.Item>
        {locked && <Menu.Item onClick={() => update({ unlock: true })}>{t('admin.unlock')}</Menu.Item>}
        {!own && (
          <Menu.Item onClick={() => update({ disabled: !user.disabled })}>
            {t(user.disabled ? 'admin.enable' : 'admin.disable')}
          </Menu.Item>
        )}
        {!own && admin && (
          <Menu.Item color="var(--mantine-color-error)" onClick={() => onTask({ kind: 'delete', user })}>
            {t('common.delete')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
