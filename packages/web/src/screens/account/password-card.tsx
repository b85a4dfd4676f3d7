import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { Card } from '../page.tsx';
import { PasswordForm } from './password-form.tsx';

export function PasswordCard() {
  const { t } = useTranslation();
  return (
    <Card title={t('account.password')} text={t('account.passwordText')}>
      <PasswordForm
        onDone={() => {
          tell(t('account.passwordChanged'));
          void queryClient.invalidateQueries({ queryKey: keys.sessions });
        }}
      />
    </Card>
  );
}
