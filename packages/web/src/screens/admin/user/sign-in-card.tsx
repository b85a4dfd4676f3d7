import { Button, Group, Skeleton, Table, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import type { SignInState, User } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { formatDate } from '../../../i18n/format.ts';
import { Card } from '../../page.tsx';
import { change } from '../../teams/change.ts';
import { UserDialog } from '../user-dialog.tsx';

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
  const hasFactors = state !== undefined && (state.totp || state.passkeys > 0 || state.recoveryCodes > 0);
  return (
    <Card title={t('userPage.signIn')} {...(state?.secondFactorRequired && { text: t('userPage.required') })}>
      {!state && <Skeleton height={120} />}
      {state && <Ways state={state} />}
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

function Ways({ state }: { readonly state: SignInState }) {
  const { t } = useTranslation();
  const password = [
    state.passwordChangedAt !== null &&
      t('userPage.passwordSince', { when: formatDate(state.passwordChangedAt) }),
    state.mustChangePassword && t('userPage.mustChange'),
  ].filter((part) => part !== false);
  const rows = [
    [t('userPage.password'), state.hasPassword ? password.join(' · ') : t('userPage.noPassword')],
    [t('userPage.totp'), t(state.totp ? 'userPage.totpOn' : 'userPage.none')],
    [
      t('userPage.passkeys'),
      state.passkeys > 0 ? t('userPage.passkeyCount', { count: state.passkeys }) : t('userPage.none'),
    ],
    [
      t('userPage.codes'),
      state.recoveryCodes > 0 ? t('userPage.codesLeft', { count: state.recoveryCodes }) : t('userPage.none'),
    ],
  ];
  return (
    <Table layout="fixed">
      <Table.Tbody>
        {rows.map(([way, said]) => (
          <Table.Tr key={way}>
            <Table.Th scope="row">{way}</Table.Th>
            <Table.Td>{said}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
