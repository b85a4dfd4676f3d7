import { Button, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { Link } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { linksChanged } from './link-queries.ts';

interface Props {
  readonly links: readonly Pick<Link, 'id'>[];
  readonly compact?: boolean;
  onRevoked?(): void;
}

/** Asks first: an address that was given out never comes back. */
export function RevokeButton({ links, compact, onRevoked }: Props) {
  const { t } = useTranslation();
  const revoke = async () => {
    try {
      const ids = links.map(({ id }) => id);
      const { revoked } = await client.call('revokeLinks', { body: { ids } });
      tell(t('links.revoked', { count: revoked }));
      onRevoked?.();
    } catch (error) {
      tellError(error);
    }
    linksChanged();
  };
  const ask = () =>
    modals.openConfirmModal({
      title: t('links.revokeTitle', { count: links.length }),
      children: <Text size="sm">{t('links.revokeText')}</Text>,
      labels: { confirm: t('links.revoke'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void revoke(),
    });
  return (
    <Button
      color="red"
      variant={compact ? 'subtle' : 'light'}
      size={compact ? 'compact-sm' : 'sm'}
      disabled={links.length === 0}
      onClick={ask}
    >
      {t('links.revoke')}
    </Button>
  );
}
