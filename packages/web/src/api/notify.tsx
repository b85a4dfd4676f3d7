import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { isApiError } from '@volvox/client';
import { t } from '../i18n/index.ts';

/** What a failure means to the person, by the server's code. */
export function explain(error: unknown): string {
  if (isApiError(error)) {
    if (error.code === 'too_many_requests' && error.retryAfter !== null)
      return t('errors.wait', { count: Math.ceil(error.retryAfter) });
    return t(`errors.${error.code}`);
  }
  return t('errors.internal');
}

export function tellError(error: unknown, title?: string): void {
  const request =
    isApiError(error) && error.code === 'internal' && error.requestId ? ` (${error.requestId})` : '';
  notifications.show({
    color: 'red',
    title: title ?? t('errors.title'),
    message: explain(error) + request,
    autoClose: 8000,
    closeButtonProps: { 'aria-label': t('common.close') },
  });
}

/** A short confirmation; with `undo` it offers the way back while it stands. */
export function tell(message: string, undo?: () => Promise<unknown>): void {
  const id = crypto.randomUUID();
  const back = async () => {
    notifications.hide(id);
    try {
      await undo?.();
    } catch (error) {
      tellError(error, t('errors.undo'));
    }
  };
  notifications.show({
    id,
    autoClose: undo ? 9000 : 4000,
    closeButtonProps: { 'aria-label': t('common.close') },
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" lineClamp={2}>
          {message}
        </Text>
        {undo && (
          <Button variant="light" size="compact-sm" onClick={() => void back()}>
            {t('common.undo')}
          </Button>
        )}
      </Group>
    ),
  });
}
