import { Button, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import type { Token } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { NewToken } from './new-token.tsx';
import { TokenRow } from './token-row.tsx';

/** App passwords for WebDAV and the like, tokens for programs. */
export function TokensCard() {
  const { t } = useTranslation();
  const [making, setMaking] = useState(false);
  const tokens = useQuery({
    queryKey: keys.tokens,
    queryFn: async ({ signal }) => (await client.call('listTokens', { signal })).items,
  }).data;
  const revoke = async (token: Token) => {
    try {
      await client.call('revokeToken', { params: { id: token.id } });
      tell(t('tokens.revoked', { label: token.label }));
    } catch (error) {
      tellError(error);
    }
    void queryClient.invalidateQueries({ queryKey: keys.tokens });
  };
  const ask = (token: Token) =>
    modals.openConfirmModal({
      title: t('tokens.revokeTitle', { label: token.label }),
      children: <Text size="sm">{t('tokens.revokeText')}</Text>,
      labels: { confirm: t('tokens.revoke'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void revoke(token),
    });
  return (
    <Card
      title={t('tokens.title')}
      text={t('tokens.text')}
      tools={
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          {t('tokens.new')}
        </Button>
      }
    >
      {!tokens && <Skeleton height={56} />}
      {tokens?.length === 0 && <Text c="dimmed">{t('tokens.none')}</Text>}
      <ul className={css.list}>
        {tokens?.map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={() => ask(token)} />
        ))}
      </ul>
      {making && <NewToken onClose={() => setMaking(false)} />}
    </Card>
  );
}
