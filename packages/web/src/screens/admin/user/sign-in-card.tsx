import { Button, Group, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import type { User } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { Card } from '../../page.tsx';
import { change } from '../../teams/change.ts';
import { UserDialog } from '../user-dialog.tsx';
import { WaysIn } from './ways-in.tsx';

/** How a user signs in, and what helps who has lost a password, a phone or a key. */
export function SignInCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const [setting, setSetting] = useState(false);
  const name = user.displayName || user.login;
  const params = { id: user.id };
  const state = useQuery({
    queryKey: keys.signInOfUser(user.id),
    queryFn: ({ signal }) => client.call('userSignIn', { params, signal }),
  }).data;
  const own = [keys.user(user.id)];
  const demand = (demanded: boolean) =>
    void change(
      client.call('demandNewPassword', { params, body: { demanded } }),
      t(demanded ? 'userPage.demanded' : 'userPage.demandedNot', { name }),
      own,
    );
  const askReset = () =>
    modals.openConfirmModal({
      title: t('userPage.resetTitle', { name }),
      children: <Text size="sm">{t('userPage.resetText')}</Text>,
      labels: { confirm: t('userPage.resetFactors'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('resetFactors', { params }), t('userPage.factorsReset', { name }), own),
    });
  const hasFactors =
    state !== undefined && (state.totp || state.passkeys.length > 0 || state.recoveryCodes > 0);
  return (
    <Card title={t('userPage.signIn')} {...(state?.secondFactorRequired && { text: t('userPage.required') })}>
      {!state && <Skeleton height={120} />}
      {state && <WaysIn state={state} name={name} userId={user.id} />}
      <Group mt="sm" gap="xs">
        <Button variant="default" onClick={() => setSetting(true)}>
          {t('admin.resetPassword')}
        </Button>
        {state?.hasPassword && (
          <Button variant="default" onClick={() => demand(!state.mustChangePassword)}>
            {t(state.mustChangePassword ? 'userPage.demandNot' : 'userPage.demand')}
          </Button>
        )}
        {hasFactors && (
          <Button variant="default" onClick={askReset}>
            {t('userPage.resetFactors')}
          </Button>
        )}
      </Group>
      {setting && <UserDialog open={{ kind: 'password', user }} onClose={() => setSetting(false)} />}
    </Card>
  );
}
