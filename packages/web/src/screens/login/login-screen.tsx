import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { AuthPage } from './auth-page.tsx';
import { LoginForm } from './login-form.tsx';

export function LoginScreen() {
  const { t } = useTranslation();
  return (
    <AuthPage title={t('login.title')} intro={<Text c="dimmed">{t('login.intro')}</Text>}>
      <LoginForm />
    </AuthPage>
  );
}
