import { ActionIcon, Badge, Button, Menu, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconDots, IconUserPlus } from '@tabler/icons-react';
import type { User } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { formatDate, formatRelative } from '../../i18n/format.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { useSession } from '../../session/store.ts';
import { change } from './change.ts';
import { InviteGuest } from './invite-guest.tsx';
import { PersonAvatar } from './person-avatar.tsx';

/** Own guests: who came, until when, and the way to end it. */
export function GuestsCard() {
  const { t } = useTranslation();
  const [inviting, setInviting] = useState<string | null>(null);
  const query = useQuery({
    queryKey: keys.guests,
    queryFn: ({ signal }) => client.call('listGuests', { signal }),
  });
  const guests = query.data?.items ?? [];
  return (
    <Card
      title={t('guests.title')}
      text={t('guests.text')}
      tools={
        <Button
          variant="light"
          leftSection={<IconUserPlus size={16} />}
          onClick={() => setInviting('')}
          style={{ flex: 'none' }}
        >
          {t('guests.invite')}
        </Button>
      }
    >
      {query.isSuccess && guests.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('guests.none')}
        </Text>
      )}
      <ul className={css.list} aria-label={t('guests.title')}>
        {guests.map((guest) => (
          <GuestRow key={guest.id} guest={guest} onAgain={() => setInviting(guest.email ?? '')} />
        ))}
      </ul>
      {inviting !== null && <InviteGuest email={inviting} onClose={() => setInviting(null)} />}
    </Card>
  );
}

function GuestRow({ guest, onAgain }: { readonly guest: User; onAgain(): void }) {
  const { t } = useTranslation();
  const admin = useSession((state) => state.me?.user.admin) === true;
  const name = guest.displayName;
  const ended = guest.disabled || (guest.expiresAt !== null && guest.expiresAt <= Date.now());
  const facts = [
    guest.email,
    guest.lastLoginAt === null
      ? t('guests.waiting')
      : t('account.lastSeen', { when: formatRelative(guest.lastLoginAt) }),
    guest.expiresAt === null ? null : t('people.until', { when: formatDate(guest.expiresAt) }),
  ];
  const set = (disabled: boolean) =>
    void change(
      client.call('updateGuest', { params: { id: guest.id }, body: { disabled } }),
      t('guests.saved', { name }),
      [keys.guests],
    );
  return (
    <li className={css.item}>
      <PersonAvatar id={guest.id} name={name} avatar={guest.avatar} color={ended ? 'gray' : 'volvox'} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {name}{' '}
          {ended && (
            <Badge size="sm" tt="none" ml={4} color="gray" variant="default">
              {t('guests.ended')}
            </Badge>
          )}
        </div>
        <div className={css.sub}>{facts.filter(Boolean).join(' · ')}</div>
      </div>
      {(admin || !guest.disabled) && (
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon size={36} aria-label={t('files.moreFor', { name })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {guest.lastLoginAt === null && !ended && (
              <Menu.Item onClick={onAgain}>{t('guests.again')}</Menu.Item>
            )}
            <Menu.Item onClick={() => set(!guest.disabled)}>
              {guest.disabled ? t('guests.reopen') : t('guests.end')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  );
}
