import { Button, Stack, Text } from '@mantine/core';
import { IconDeviceMobile, IconFingerprint } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, whoAmI } from '../../api/client.ts';
import { tellError } from '../../api/notify.tsx';
import { hasPasskeys } from '../../session/passkey.ts';
import { logOut } from '../../session/log-out.ts';
import { useSession } from '../../session/store.ts';
import { PasskeyForm } from '../account/passkey-form.tsx';
import { PasswordForm } from '../account/password-form.tsx';
import { RecoveryCodes } from '../account/recovery-codes.tsx';
import { TotpSetup, type TotpOffer } from '../account/totp-setup.tsx';
import { AuthPage } from './auth-page.tsx';

/** What somebody must do who has signed in, before anything else opens. */
export default function CompletionScreen({ limited }: { readonly limited: 'enrol' | 'password' }) {
  const { t } = useTranslation();
  const forPassword = limited === 'password';
  return (
    <AuthPage
      title={forPassword ? t('login.passwordTitle') : t('login.enrolTitle')}
      intro={<Text c="dimmed">{forPassword ? t('login.passwordIntro') : t('login.enrolIntro')}</Text>}
    >
      <Stack mt="lg">
        {forPassword ? <PasswordForm onDone={() => void refresh()} /> : <Enrolment />}
        <Button variant="subtle" color="gray" onClick={() => void logOut()}>
          {t('account.logOut')}
        </Button>
      </Stack>
    </AuthPage>
  );
}

async function refresh(): Promise<void> {
  try {
    useSession.getState().setMe(await whoAmI());
  } catch (error) {
    tellError(error);
  }
}

type Step =
  | { readonly kind: 'choose' }
  | { readonly kind: 'totp'; readonly offer: TotpOffer }
  | { readonly kind: 'passkey' }
  | { readonly kind: 'codes'; readonly codes: readonly string[] };

function Enrolment() {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>({ kind: 'choose' });
  const [busy, setBusy] = useState(false);
  const done = (codes: readonly string[] | null) =>
    codes ? setStep({ kind: 'codes', codes }) : void refresh();
  const begin = async () => {
    setBusy(true);
    try {
      setStep({ kind: 'totp', offer: await client.call('beginTotp') });
    } catch (error) {
      tellError(error);
    }
    setBusy(false);
  };
  if (step.kind === 'totp') return <TotpSetup offer={step.offer} onDone={done} />;
  if (step.kind === 'passkey') return <PasskeyForm onDone={done} />;
  if (step.kind === 'codes')
    return <RecoveryCodes codes={step.codes} leave={t('login.goOn')} onClose={() => void refresh()} />;
  return (
    <Stack>
      <Button
        size="md"
        loading={busy}
        leftSection={<IconDeviceMobile size={20} stroke={1.6} />}
        onClick={() => void begin()}
      >
        {t('login.enrolApp')}
      </Button>
      {hasPasskeys && (
        <Button
          size="md"
          variant="default"
          leftSection={<IconFingerprint size={20} stroke={1.6} />}
          onClick={() => setStep({ kind: 'passkey' })}
        >
          {t('login.enrolPasskey')}
        </Button>
      )}
    </Stack>
  );
}
