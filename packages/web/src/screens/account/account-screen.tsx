import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { logOut } from '../../session/log-out.ts';
import { useSession } from '../../session/store.ts';
import { ThemeSwitch } from '../../shell/account-menu.tsx';
import { Card, Page } from '../page.tsx';
import { PasswordCard } from './password-card.tsx';
import { ProfileCard } from './profile-card.tsx';
import { SessionsCard } from './sessions-card.tsx';
import { TokensCard } from './tokens-card.tsx';

export default function AccountScreen() {
  const { t } = useTranslation();
  const user = useSession((state) => state.me?.user);
  if (!user) return null;
  return (
    <Page
      title={t('account.title')}
      narrow
      tools={
        <Button variant="default" onClick={() => void logOut()}>
          {t('account.logOut')}
        </Button>
      }
    >
      <ProfileCard user={user} />
      <Card title={t('account.theme')}>
        <ThemeSwitch />
      </Card>
      <PasswordCard />
      <TokensCard />
      <SessionsCard />
    </Page>
  );
}
