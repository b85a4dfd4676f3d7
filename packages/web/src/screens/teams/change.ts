import { isApiError } from '@volvox/client';
import { notifications } from '@mantine/notifications';
import { tell, tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { t } from '../../i18n/index.ts';

/** Runs a change, tells how it ended and reads anew what it touched. @returns whether it was done */
export async function change(
  action: Promise<unknown>,
  done: string | null,
  touched: readonly (readonly unknown[])[],
): Promise<boolean> {
  try {
    await action;
    if (done !== null) tell(done);
    return true;
  } catch (error) {
    if (isApiError(error, 'conflict') || isApiError(error, 'invalid_input') || isApiError(error, 'forbidden'))
      notifications.show({
        color: 'red',
        title: t('errors.title'),
        message: error.message,
        autoClose: 8000,
        closeButtonProps: { 'aria-label': t('common.close') },
      });
    else tellError(error);
    return false;
  } finally {
    for (const queryKey of touched) void queryClient.invalidateQueries({ queryKey: [...queryKey] });
  }
}
