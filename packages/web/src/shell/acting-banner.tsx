import { Button } from '@mantine/core';
import { IconUserShield } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from '../api/client.ts';
import { tellError } from '../api/notify.tsx';
import { useSession } from '../session/store.ts';
import css from './acting-banner.module.css';

/** Stands above everything while an administrator acts as somebody else. */
export function ActingBanner() {
  const { t } = useTranslation();
  const me = useSession((state) => state.me);
  if (!me?.impersonator) return null;
  const stop = async () => {
    try {
      await client.call('stopImpersonating');
      // Everything on this page was read as somebody else.
      location.assign('/');
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <div className={css.banner} role="status">
      <IconUserShield size={20} stroke={1.6} aria-hidden="true" />
      <span className={css.text}>{t('acting.text', { name: me.user.displayName || me.user.login })}</span>
      <Button size="xs" variant="white" color="dark" onClick={() => void stop()}>
        {t('acting.stop')}
      </Button>
    </div>
  );
}
