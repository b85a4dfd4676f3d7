import { Button, Group, Menu, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import {
  IconDownload,
  IconFileSpreadsheet,
  IconPlus,
  IconSearch,
  IconUpload,
  IconUsers,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tellError } from '../../api/notify.tsx';
import { byPages } from '../../api/pages.ts';
import { provenDownload } from '../../api/proven-download.ts';
import { useSession } from '../../session/store.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { groupOptions, useGroups } from './groups/group-options.ts';
import { UserDialog } from './user-dialog.tsx';
import { BulkBar } from './users/bulk-bar.tsx';
import { DeleteDialog } from './users/delete-dialog.tsx';
import { ImportDialog } from './users/import-dialog.tsx';
import { UserRow, type UserTask } from './users/user-row.tsx';

type Open = UserTask | { readonly kind: 'new' | 'import' };
const shown = ['all', 'person', 'guest', 'disabled'] as const;
type Shown = (typeof shown)[number];

/** Users by filter and search, one by one or many at a time. */
export default function UsersScreen() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const [show, setShow] = useState<Shown>('all');
  const [groupId, setGroupId] = useState<string | null>(params.get('group'));
  const [open, setOpen] = useState<Open | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const admin = useSession((state) => state.me?.user.admin) === true;
  const groups = useGroups().data?.items ?? [];
  const query = useUsers(q, show, groupId);
  const users = query.data?.pages.flatMap((page) => page.items);
  const choose = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const close = () => setOpen(null);
  return (
    <Page title={t('admin.users')} tools={<Tools admin={admin} onOpen={setOpen} />}>
      <Group mb="md" align="end">
        <TextInput
          type="search"
          style={{ flex: '1 1 220px' }}
          leftSection={<IconSearch size={16} />}
          placeholder={t('admin.findUser')}
          aria-label={t('admin.findUser')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          aria-label={t('users.filter')}
          w={150}
          value={show}
          onChange={(value) => setShow(value as Shown)}
          allowDeselect={false}
          data={[
            { value: 'all', label: t('users.all') },
            { value: 'person', label: t('users.persons') },
            { value: 'guest', label: t('users.guests') },
            { value: 'disabled', label: t('users.disabled') },
          ]}
        />
        <Select
          aria-label={t('users.inGroup')}
          w={200}
          placeholder={t('users.anyGroup')}
          value={groupId}
          onChange={setGroupId}
          searchable
          clearable
          data={groupOptions(groups)}
        />
      </Group>
      {chosen.size > 0 && <BulkBar ids={[...chosen]} groups={groups} onDone={() => setChosen(new Set())} />}
      {query.isError && <Failure icon={IconUsers} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={160} />}
      {users?.length === 0 && <Empty icon={IconUsers} title={t('users.none')} text={t('users.noneText')} />}
      <ul className={css.list} aria-label={t('admin.users')}>
        {users?.map((user) => (
          <UserRow
            key={user.id}
            user={user}
            chosen={chosen.has(user.id)}
            onChoose={(on) => choose(user.id, on)}
            onTask={setOpen}
          />
        ))}
      </ul>
      <MoreButton query={query} mt="md" />
      {open?.kind === 'new' && <UserDialog open={{ kind: 'new' }} onClose={close} />}
      {open?.kind === 'password' && (
        <UserDialog open={{ kind: 'password', user: open.user }} onClose={close} />
      )}
      {open?.kind === 'delete' && <DeleteDialog user={open.user} onClose={close} />}
      {open?.kind === 'import' && <ImportDialog onClose={close} />}
    </Page>
  );
}

function useUsers(q: string, show: Shown, groupId: string | null) {
  const filter = {
    ...(q ? { q } : {}),
    ...(show === 'person' || show === 'guest' ? { kind: show } : {}),
    ...(show === 'disabled' ? { disabled: true } : {}),
    ...(groupId ? { groupId, below: true } : {}),
  };
  return useInfiniteQuery({
    queryKey: [...keys.users, filter],
    ...byPages((at, signal) =>
      client.call('listUsers', {
        query: { limit: 100, ...filter, ...at },
        signal,
      }),
    ),
  });
}

function Tools({ admin, onOpen }: { readonly admin: boolean; onOpen(open: Open): void }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs">
      {admin && (
        <Menu position="bottom-end" width={220}>
          <Menu.Target>
            <Button variant="default" leftSection={<IconFileSpreadsheet size={16} />}>
              CSV
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconUpload size={16} />} onClick={() => onOpen({ kind: 'import' })}>
              {t('users.import')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconDownload size={16} />}
              onClick={() => void provenDownload(client.url('exportUsers'), 'users.csv').catch(tellError)}
            >
              {t('users.exportAll')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Button leftSection={<IconPlus size={16} />} onClick={() => onOpen({ kind: 'new' })}>
        {t('admin.newUser')}
      </Button>
    </Group>
  );
}
