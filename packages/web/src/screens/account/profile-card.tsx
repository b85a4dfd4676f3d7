import { Button, Group, TextInput } from '@mantine/core';
import type { User } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client, whoAmI } from '../../api/client.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { useSession } from '../../session/store.ts';
import { Card } from '../page.tsx';
import { AvatarField } from './avatar-field.tsx';

export function ProfileCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const displayName = String(form.get('displayName')).trim();
      const email = String(form.get('email')).trim() || null;
      // A new address asks for a confirmation: the old one is not sent along.
      await client.call('updateMe', {
        body: { displayName, ...(email === user.email ? {} : { email }) },
      });
      useSession.getState().setMe(await whoAmI());
      tell(t('account.saved'));
    } catch (error) {
      tellError(error);
    }
    setBusy(false);
  };
  return (
    <Card title={t('account.profile')} text={t('account.signedInAs', { login: user.login })}>
      <AvatarField user={user} />
      <form onSubmit={(event) => void submit(event)}>
        <Group grow align="flex-start">
          <TextInput
            name="displayName"
            label={t('setup.displayName')}
            defaultValue={user.displayName}
            autoComplete="name"
            maxLength={200}
          />
          <TextInput
            name="email"
            type="email"
            label={t('account.email')}
            defaultValue={user.email ?? ''}
            autoComplete="email"
            maxLength={254}
          />
        </Group>
        <Button type="submit" mt="md" loading={busy}>
          {t('common.save')}
        </Button>
      </form>
    </Card>
  );
}
