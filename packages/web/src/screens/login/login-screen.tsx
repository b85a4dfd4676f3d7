import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AuthPage } from './auth-page.tsx';
import { SignIn } from './sign-in.tsx';

export function LoginScreen() {
  const { t } = useTranslation();
  const [step, setStep] = useState<'password' | 'second'>('password');
  const second = step === 'second';
  return (
    <AuthPage
      title={second ? t('login.secondTitle') : t('login.title')}
      intro={<Text c="dimmed">{second ? t('login.secondIntro') : t('login.intro')}</Text>}
    >
      <SignIn onStep={setStep} />
    </AuthPage>
  );
}
