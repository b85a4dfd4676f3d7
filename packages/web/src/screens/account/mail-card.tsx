import { Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { MailWishes, User } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { Card } from '../page.tsx';

const kinds = ['shares', 'cells', 'uploads'] as const;

/** Which mails somebody wants; those about the security of the account always come. */
export function MailCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const wishes = useQuery({
    queryKey: keys.mailWishes,
    queryFn: ({ signal }) => client.call('mailWishes', { signal }),
  }).data;
  const choose = async (kind: keyof MailWishes, wanted: boolean) => {
    // At once in sight, and taken back where it failed.
    queryClient.setQueryData(keys.mailWishes, { ...wishes, [kind]: wanted });
    try {
      await client.call('setMailWishes', { body: { [kind]: wanted } });
    } catch (error) {
      tellError(error);
    }
    void queryClient.invalidateQueries({ queryKey: keys.mailWishes });
  };
  return (
    <Card title={t('account.mails')} text={t('account.mailsText')}>
      <Stack gap="sm">
        {kinds.map((kind) => (
          <Switch
            key={kind}
            label={t(`account.mailKinds.${kind}`)}
            disabled={!wishes}
            checked={wishes?.[kind] ?? true}
            onChange={(event) => void choose(kind, event.currentTarget.checked)}
          />
        ))}
      </Stack>
      {user.email === null && (
        <Text size="sm" c="dimmed" mt="sm">
          {t('account.mailsNoAddress')}
        </Text>
      )}
    </Card>
  );
}
