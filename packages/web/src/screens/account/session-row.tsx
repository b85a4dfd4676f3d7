import { Badge, Button } from '@mantine/core';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import type { Session } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatDate, formatRelative } from '../../i18n/format.ts';
import css from '../page.module.css';
import { clientName } from './client-name.ts';

interface Props {
  readonly session: Session;
  /** Said of a session that an administrator opened in the name of the user. */
  readonly byAdmin: string;
  onEnd(): void;
}

/** One sign-in: where, by which program, since when; the one that looks can't be ended here. */
export function SessionRow({ session, byAdmin, onEnd }: Props) {
  const { t } = useTranslation();
  const Device = /mobile|android|iphone/i.test(session.client) ? IconDeviceMobile : IconDeviceDesktop;
  return (
    <li className={css.item}>
      <Device size={22} stroke={1.6} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name} title={session.client}>
          {clientName(session.client)}{' '}
          {session.current && (
            <Badge size="xs" variant="light">
              {t('account.thisSession')}
            </Badge>
          )}
        </div>
        <div className={css.sub}>
          {[
            session.address,
            t('account.lastSeen', { when: formatRelative(session.lastSeenAt) }),
            t('account.since', { when: formatDate(session.createdAt) }),
          ].join(' · ')}
        </div>
        {session.impersonatorId !== null && (
          <div className={css.sub} style={{ whiteSpace: 'normal' }}>
            {byAdmin}
          </div>
        )}
      </div>
      {!session.current && (
        <Button variant="default" size="xs" onClick={onEnd}>
          {t('account.endSession')}
        </Button>
      )}
    </li>
  );
}
