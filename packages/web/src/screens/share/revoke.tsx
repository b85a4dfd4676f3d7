import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import type { Share } from '@volvox/api';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { t } from '../../i18n/index.ts';
import { explainShare, sharesChanged } from './share-queries.ts';

export function notifyFailure(error: unknown): void {
  notifications.show({
    color: 'red',
    message: explainShare(error),
    autoClose: 8000,
    closeButtonProps: { 'aria-label': t('common.close') },
  });
}

/** Asks first: who had access loses it at once. */
export function askToRevoke(shares: readonly Share[], done: () => void): void {
  const count = shares.length;
  modals.openConfirmModal({
    title: t('share.revokeTitle', { count }),
    children: <Text size="sm">{t('share.revokeText')}</Text>,
    labels: { confirm: t('share.revoke'), cancel: t('common.cancel') },
    confirmProps: { color: 'red' },
    onConfirm: () => void revoke(shares).then(done),
  });
}

async function revoke(shares: readonly Share[]): Promise<void> {
  try {
    for (let at = 0; at < shares.length; at += 200) {
      const ids = shares.slice(at, at + 200).map((share) => share.id);
      const { revoked, refused } = await client.call('revokeShares', { body: { ids } });
      if (revoked.length > 0) tell(t('share.revoked', { count: revoked.length }));
      if (refused.length > 0) tell(t('share.refused', { count: refused.length }));
    }
  } catch (error) {
    notifyFailure(error);
  }
  sharesChanged();
}
