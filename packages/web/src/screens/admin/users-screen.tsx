import { ActionIcon, Avatar, Badge, Button, Menu, Skeleton, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconDots, IconPlus, IconSearch } from '@tabler/icons-react';
import type { User } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { formatRelative } from '../../i18n/format.ts';
import { useSession } from '../../session/store.ts';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { UserDialog } from './user-dialog.tsx';

type Open = { readonly kind: 'new' } | { readonly kind: 'edit' | 'password'; readonly user: User };

export default function UsersScreen() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const [open, setOpen] = useState<Open | null>(null);
  const query = useInfiniteQuery({
    queryKey: [...keys.users, q],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      client.call('listUsers', {
        query: { limit: 100, ...(q ? { q } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    getNextPageParam: (page) => page.next,
  });
  const users = query.data?.pages.flatMap((page) => page.items);
  return (
    <Page
      title={t('admin.users')}
      tools={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ kind: 'new' })}>
          {t('admin.newUser')}
        </Button>
      }
    >
      <TextInput
        type="search"
        mb="md"
        maw={320}
        leftSection={<IconSearch size={16} />}
        placeholder={t('admin.findUser')}
        aria-label={t('admin.findUser')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {!users && <Skeleton height={160} />}
      <ul className={css.list} aria-label={t('admin.users')}>
        {users?.map((user) => (
          <UserRow key={user.id} user={user} onOpen={setOpen} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          variant="subtle"
          fullWidth
          mt="md"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
      {open && <UserDialog open={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

async function change(action: Promise<unknown>, done: string): Promise<void> {
  try {
    await action;
    tell(done);
  } catch (error) {
    tellError(error);
  }
  void queryClient.invalidateQueries({ queryKey: keys.users });
}

function UserRow({ user, onOpen }: { readonly user: User; onOpen(open: Open): void }) {
  const { t } = useTranslation();
  const own = useSession((state) => state.me?.user.id === user.id);
  const name = user.displayName || user.login;
  const locked = user.lockedUntil !== null && user.lockedUntil > Date.now();
  const update = (body: { disabled?: boolean; admin?: boolean; unlock?: boolean }) =>
    void change(client.call('updateUser', { params: { id: user.id }, body }), t('admin.userSaved', { name }));
  const remove = () =>
    modals.openConfirmModal({
      title: t('admin.deleteUser', { name }),
      children: <Text size="sm">{t('admin.deleteUserText')}</Text>,
      labels: { confirm: t('common.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('deleteUser', { params: { id: user.id } }), t('admin.userDeleted', { name })),
    });
  return (
    <li className={css.item}>
      <Avatar
        name={name}
        color={user.disabled ? 'gray' : 'volvox'}
        radius={11}
        size={38}
        aria-hidden="true"
      />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {name}{' '}
          {user.admin && (
            <Badge size="sm" tt="none" ml={4} variant="light">
              {t('account.admin')}
            </Badge>
          )}{' '}
          {user.disabled && (
            <Badge size="sm" tt="none" ml={4} color="gray" variant="default">
              {t('admin.disabled')}
            </Badge>
          )}{' '}
          {locked && (
            <Badge size="sm" tt="none" ml={4} variant="default">
              {t('admin.locked')}
            </Badge>
          )}
        </div>
        <div className={css.sub}>
          {[
            user.login,
            user.email,
            user.lastLoginAt === null
              ? t('admin.neverHere')
              : t('account.lastSeen', { when: formatRelative(user.lastLoginAt) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
      </div>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onOpen({ kind: 'edit', user })}>{t('admin.editUser')}</Menu.Item>
          <Menu.Item onClick={() => onOpen({ kind: 'password', user })}>{t('admin.resetPassword')}</Menu.Item>
          {locked && <Menu.Item onClick={() => update({ unlock: true })}>{t('admin.unlock')}</Menu.Item>}
          {!own && (
            <Menu.Item onClick={() => update({ disabled: !user.disabled })}>
              {t(user.disabled ? 'admin.enable' : 'admin.disable')}
            </Menu.Item>
          )}
          {!own && (
            <Menu.Item color="var(--mantine-color-error)" onClick={remove}>
              {t('common.delete')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
