import {
  Badge,
  Button,
  Code,
  Group,
  Modal,
  Skeleton,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconSearch, IconSettingsOff } from '@tabler/icons-react';
import type { Setting as SettingSchema } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Static } from 'typebox';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain, tell, tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { formatDateTime } from '../../i18n/format.ts';
import { Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { parseSetting, settingText } from './setting-text.ts';

type Setting = Static<typeof SettingSchema>;
const refresh = () => queryClient.invalidateQueries({ queryKey: keys.settings });

/** Every setting with its meaning; a change holds on every node at once. */
export default function SettingsScreen() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [open, setOpen] = useState<Setting | null>(null);
  const query = useQuery({
    queryKey: keys.settings,
    queryFn: async ({ signal }) => (await client.call('listSettings', { signal })).items,
  });
  const shown = query.data?.filter((setting) =>
    `${setting.key} ${setting.description}`.toLowerCase().includes(text.trim().toLowerCase()),
  );
  return (
    <Page title={t('admin.settings')}>
      <TextInput
        type="search"
        maw={320}
        mb="md"
        leftSection={<IconSearch size={16} />}
        placeholder={t('admin.findSetting')}
        aria-label={t('admin.findSetting')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {query.isPending && <Skeleton height={240} />}
      {query.isError && (
        <Failure icon={IconSettingsOff} error={query.error} onRetry={() => void query.refetch()} />
      )}
      <ul className={css.list}>
        {shown?.map((setting) => (
          <li key={setting.key} className={css.item} style={{ gridTemplateColumns: 'minmax(0, 1fr) auto' }}>
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>
                {setting.key}{' '}
                {!setting.isDefault && (
                  <Badge size="xs" variant="light">
                    {t('admin.changed')}
                  </Badge>
                )}
              </div>
              <div className={css.sub} style={{ whiteSpace: 'normal' }}>
                {setting.description}
              </div>
            </div>
            <Group gap="xs" wrap="nowrap">
              <Code>{settingText(setting.value) || '–'}</Code>
              <Button
                size="xs"
                variant="default"
                onClick={() => setOpen(setting)}
                aria-label={t('admin.editSetting', { key: setting.key })}
              >
                {t('common.edit')}
              </Button>
            </Group>
          </li>
        ))}
      </ul>
      {open && <SettingDialog setting={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function SettingDialog({ setting, onClose }: { readonly setting: Setting; onClose(): void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(settingText(setting.value));
  const [error, setError] = useState<string | null>(null);
  const history = useQuery({
    queryKey: [...keys.settings, setting.key],
    queryFn: async ({ signal }) =>
      (await client.call('settingHistory', { params: { key: setting.key }, signal })).items,
  });
  const flag = typeof setting.default === 'boolean';

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const parsed = parseSetting(text, setting.default);
    if (!parsed.ok) return setError(t('admin.badValue'));
    try {
      await client.call('setSetting', {
        params: { key: setting.key },
        body: { value: parsed.value, revision: setting.revision },
      });
      tell(t('admin.settingSaved', { key: setting.key }));
      void refresh();
      onClose();
    } catch (failure) {
      setError(isApiError(failure, 'invalid_input') ? failure.message : explain(failure));
    }
  };
  const reset = async () => {
    try {
      await client.call('unsetSetting', { params: { key: setting.key } });
      void refresh();
      onClose();
    } catch (failure) {
      tellError(failure);
    }
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={setting.key}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={(event) => void save(event)}>
        <Stack>
          <Text size="sm" c="dimmed">
            {setting.description}
          </Text>
          {flag ? (
            <Switch
              label={t('admin.on')}
              checked={text === 'true'}
              onChange={(event) => setText(String(event.currentTarget.checked))}
              error={error}
            />
          ) : (
            <Textarea
              data-autofocus
              autosize
              minRows={1}
              maxRows={10}
              label={t('admin.value')}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              error={error}
              spellCheck={false}
            />
          )}
          <Text size="xs" c="dimmed">
            {t('admin.default')} <Code>{settingText(setting.default) || '–'}</Code>
          </Text>
          {history.data && history.data.length > 0 && (
            <div>
              <Text size="xs" fw={560} mb={4}>
                {t('admin.earlier')}
              </Text>
              {history.data.map((entry) => (
                <Group key={entry.revision} justify="space-between" gap="xs">
                  <Text size="xs" c="dimmed">
                    {formatDateTime(entry.at)}
                  </Text>
                  <Code>{settingText(entry.value) || '–'}</Code>
                </Group>
              ))}
            </div>
          )}
          <Group justify="space-between">
            <Button variant="subtle" color="gray" disabled={setting.isDefault} onClick={() => void reset()}>
              {t('admin.toDefault')}
            </Button>
            <Button type="submit">{t('common.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
