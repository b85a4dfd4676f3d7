import { Box, Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { logOut } from '../../session/log-out.ts';
import { useSession } from '../../session/store.ts';
import { ThemeSwitch } from '../../shell/account-menu.tsx';
import { sharePlaces, useAdminPlaces } from '../../shell/places.ts';
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
      <Places />
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

/** The entries of the side bar, where there is none. */
function Places() {
  const { t } = useTranslation();
  const adminPlaces = useAdminPlaces();
  return (
    <Box hiddenFrom="sm">
      <Card title={t('nav.more')}>
        <Links places={sharePlaces} />
      </Card>
      {adminPlaces.length > 0 && (
        <Card title={t('nav.admin')}>
          <Links places={adminPlaces} />
        </Card>
      )}
    </Box>
  );
}

function Links({ places }: { readonly places: typeof sharePlaces | ReturnType<typeof useAdminPlaces> }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs">
      {places.map(({ to, icon: Sign, label }) => (
        <Button
          key={to}
          component={Link}
          to={to}
          variant="default"
          size="md"
          fz="sm"
          leftSection={<Sign size={18} stroke={1.7} aria-hidden="true" />}
        >
          {t(label)}
        </Button>
      ))}
    </Group>
  );
}
