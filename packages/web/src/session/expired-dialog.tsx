import { Button, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { SignIn } from '../screens/login/sign-in.tsx';
import { useSession } from './store.ts';

/** Asks for the password again over whatever is on the screen; what waited for it goes on. */
export function ExpiredDialog() {
  const { t } = useTranslation();
  const expired = useSession((state) => state.expired);
  const me = useSession((state) => state.me);
  if (!me) return null;
  return (
    <Modal
      opened={expired}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t('login.expiredTitle')}
      zIndex={500}
    >
      <Text size="sm" c="dimmed">
        {t('login.expired', { name: me.user.displayName || me.user.login })}
      </Text>
      <SignIn login={me.user.login} />
      <Button variant="subtle" color="gray" fullWidth mt="xs" onClick={() => location.assign('/')}>
        {t('login.other')}
      </Button>
    </Modal>
  );
}
