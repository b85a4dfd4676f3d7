import { Box, Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { logOut } from '../../session/log-out.ts';
import { useSession } from '../../session/store.ts';
import { ThemeSwitch } from '../../shell/account-menu.tsx';
import { ConnectionsCard } from '../oidc/connections-card.tsx';
import { LinkedCard } from '../oidc/linked-card.tsx';
import { Card, Page } from '../page.tsx';
import { DataCard } from './data-card.tsx';
import { FactorsCard } from './factors-card.tsx';
import { LanguageCard } from './language-card.tsx';
import { MailCard } from './mail-card.tsx';
import { PasskeysCard } from './passkeys-card.tsx';
import { PasswordCard } from './password-card.tsx';
import { ProfileCard } from './profile-card.tsx';
import { SessionsCard } from './sessions-card.tsx';
import { TokensCard } from './tokens-card.tsx';

export default function AccountScreen() {
  const { t } = useTranslation();
  const user = useSession((state) => state.me?.user);
  // The ways into an account are its owner's alone.
  const acting = useSession((state) => state.me?.impersonator != null);
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
      {user.admin && <AdminLinks />}
      <Card title={t('account.theme')}>
        <ThemeSwitch />
      </Card>
      <LanguageCard user={user} />
      <MailCard user={user} />
      {!acting && (
        <>
          <PasswordCard />
          <FactorsCard />
          <PasskeysCard />
          <TokensCard />
          <LinkedCard />
          <ConnectionsCard />
        </>
      )}
      <SessionsCard />
      {!acting && <DataCard />}
    </Page>
  );
}

/** The way to the administration where there is no side bar. */
function AdminLinks() {
  const { t } = useTranslation();
  return (
    <Box hiddenFrom="sm">
      <Card title={t('nav.admin')}>
        <Group gap="xs">
          {(['users', 'status', 'logs', 'settings'] as const).map((name) => (
            <Button key={name} component={Link} to={`/admin/${name}`} variant="default">
              {t(`admin.${name}`)}
            </Button>
          ))}
        </Group>
      </Card>
    </Box>
  );
}
