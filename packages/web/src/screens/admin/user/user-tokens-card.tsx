import { Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import type { Token, User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { TokenRow } from '../../account/token-row.tsx';
import { Card } from '../../page.tsx';
import css from '../../page.module.css';
import { change } from '../../teams/change.ts';

/** App passwords and tokens of a user, to be voided. */
export function UserTokensCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const key = keys.tokensOfUser(user.id);
  const { login } = user;
  const tokens = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) =>
      (await client.call('adminListTokens', { params: { login }, signal })).items,
  }).data;
  const ask = ({ id, label }: Token) =>
    modals.openConfirmModal({
      title: t('tokens.revokeTitle', { label }),
      children: <Text size="sm">{t('tokens.revokeText')}</Text>,
      labels: { confirm: t('tokens.revoke'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(
          client.call('adminRevokeToken', { params: { login, id } }),
          t('tokens.revoked', { label }),
          [key],
        ),
    });
  return (
    <Card title={t('userPage.tokens')}>
      {!tokens && <Skeleton height={56} />}
      {tokens?.length === 0 && <Text c="dimmed">{t('userPage.noTokens')}</Text>}
      <ul className={css.list}>
        {tokens?.map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={() => ask(token)} />
        ))}
      </ul>
    </Card>
  );
}
