import { Button, Text, Tooltip } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconUserShield } from '@tabler/icons-react';
import type { User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { change } from '../../teams/change.ts';

/** Begins to act as the user; the banner above every page leads back. */
export function ActAs({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const name = user.displayName || user.login;
  const allowed = useQuery({
    queryKey: keys.settings,
    queryFn: async ({ signal }) => (await client.call('listSettings', { signal })).items,
    select: (settings) => settings.find(({ key }) => key === 'impersonation.enabled')?.value === true,
  }).data;
  const begin = async () => {
    // Everything on the pages so far was read as oneself.
    if (await change(client.call('impersonate', { params: { id: user.id } }), null, [])) location.assign('/');
  };
  const ask = () =>
    modals.openConfirmModal({
      title: t('userPage.actAsTitle', { name }),
      children: <Text size="sm">{t('userPage.actAsText', { name })}</Text>,
      labels: { confirm: t('userPage.actAs'), cancel: t('common.cancel') },
      onConfirm: () => void begin(),
    });
  return (
    <Tooltip
      label={t('userPage.actAsOff')}
      disabled={allowed !== false}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Button
        variant="default"
        leftSection={<IconUserShield size={16} />}
        data-disabled={allowed !== true || undefined}
        aria-disabled={allowed !== true}
        onClick={(event) => (allowed === true ? ask() : event.preventDefault())}
      >
        {t('userPage.actAs')}
      </Button>
    </Tooltip>
  );
}
