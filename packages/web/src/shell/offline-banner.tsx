import { Button } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reconnect, useConnection } from '../api/live.ts';
import css from './shell.module.css';

const patienceMs = 2500;

/** Says so when the server has been out of reach for a moment; a blink of the line is not worth a word. */
export function OfflineBanner() {
  const { t } = useTranslation();
  const connected = useConnection((state) => state.connected);
  const { online } = useNetwork();
  const [lost, setLost] = useState(false);
  const down = !connected || !online;
  useEffect(() => {
    if (!down) return setLost(false);
    const timer = setTimeout(() => setLost(true), patienceMs);
    return () => clearTimeout(timer);
  }, [down]);
  if (!lost) return null;
  return (
    <div className={css.banner} role="alert">
      <IconPlugConnectedX size={18} />
      {t('offline.text')}
      <Button size="compact-xs" variant="white" color="dark" onClick={reconnect}>
        {t('offline.retry')}
      </Button>
    </div>
  );
}
