import { Alert, Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain, tell } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { parseSetting, settingText } from '../setting-text.ts';
import { Diff } from './diff.tsx';
import { SettingHistory } from './setting-history.tsx';
import { SettingInput } from './setting-input.tsx';
import { descriptionOf } from './descriptions.ts';
import type { Setting } from './setting.ts';
import { useShown } from './shown.ts';

/** `unset`: back to the default. */
type Change = { readonly value: unknown } | 'unset';

/** Two steps: what it shall be, and then what that changes. Earlier values can be taken again the same way. */
export function SettingDialog({ setting, onClose }: { readonly setting: Setting; onClose(): void }) {
  const { t } = useTranslation();
  const shown = useShown();
  const [text, setText] = useState(settingText(setting.value));
  const [change, setChange] = useState<Change | null>(null);
  const [error, setError] = useState<string | null>(null);

  const check = (event: SubmitEvent) => {
    event.preventDefault();
    const parsed = parseSetting(text, setting.default);
    if (!parsed.ok) return setError(t('admin.badValue'));
    propose({ value: parsed.value });
  };
  const propose = (next: Change) => {
    const same =
      next === 'unset' ? setting.isDefault : settingText(next.value) === settingText(setting.value);
    setError(same ? t('settings.same') : null);
    if (!same) setChange(next);
  };
  const apply = async () => {
    if (change === null) return;
    try {
      await send(setting, change);
      tell(t('admin.settingSaved', { key: setting.key }));
      onClose();
    } catch (failure) {
      setChange(null);
      setError(reason(failure, t('settings.changedMeanwhile')));
    }
    void queryClient.invalidateQueries({ queryKey: keys.settings });
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={setting.key}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {change === null ? (
        <form onSubmit={check}>
          <Stack>
            <Text size="sm" c="dimmed">
              {descriptionOf(setting)}
            </Text>
            <SettingInput setting={setting} text={text} onChange={setText} error={error} />
            <Text size="xs" c="dimmed">
              {t('admin.default')} <Code>{shown(setting, setting.default) || '–'}</Code>
            </Text>
            <SettingHistory setting={setting} onTake={propose} />
            <Group justify="space-between">
              <Button
                variant="subtle"
                color="gray"
                disabled={setting.isDefault}
                onClick={() => propose('unset')}
              >
                {t('admin.toDefault')}
              </Button>
              <Button type="submit">{t('settings.check')}</Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <Alert color="yellow">{t('settings.change', { key: setting.key })}</Alert>
          <Diff
            before={shown(setting, setting.value)}
            after={shown(setting, change === 'unset' ? setting.default : change.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setChange(null)}>
              {t('settings.back')}
            </Button>
            <Button data-autofocus onClick={() => void apply()}>
              {t('settings.apply')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function send(setting: Setting, change: Change): Promise<unknown> {
  const params = { key: setting.key };
  if (change === 'unset') return client.call('unsetSetting', { params });
  return client.call('setSetting', { params, body: { value: change.value, revision: setting.revision } });
}

function reason(failure: unknown, changedMeanwhile: string): string {
  if (isApiError(failure, 'invalid_input')) return failure.message;
  return isApiError(failure, 'precondition_failed') ? changedMeanwhile : explain(failure);
}
