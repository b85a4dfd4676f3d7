import { notifications } from '@mantine/notifications';
import { isApiError } from '@volvox/client';
import { tellError } from '../../api/notify.tsx';
import { t } from '../../i18n/index.ts';

/** As elsewhere, but the last factor that must stay says so. */
export function tellFactorError(error: unknown): void {
  if (!isApiError(error, 'conflict') || error.details['reason'] !== 'required') return tellError(error);
  notifications.show({
    color: 'red',
    title: t('errors.title'),
    message: t('factors.lastOne'),
    autoClose: 8000,
    closeButtonProps: { 'aria-label': t('common.close') },
  });
}
