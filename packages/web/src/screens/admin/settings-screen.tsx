import { Badge, Button, Code, Group, Skeleton, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconSearch, IconSettingsOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { Card, Page } from '../page.tsx';
import css from '../page.module.css';
import type { Setting } from './settings/setting.ts';
import { SettingDialog } from './settings/setting-dialog.tsx';
import { descriptionOf } from './settings/descriptions.ts';
import { useShown } from './settings/shown.ts';

/** Every setting with its meaning, by area; a change holds on every node at once. */
export default function SettingsScreen() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const query = useQuery({
    queryKey: keys.settings,
    queryFn: async ({ signal }) => (await client.call('listSettings', { signal })).items,
  });
  const shown = query.data?.filter((setting) =>
    `${setting.key} ${descriptionOf(setting)}`.toLowerCase().includes(text.trim().toLowerCase()),
  );
  const edited = query.data?.find((setting) => setting.key === open);
  return (
    <Page title={t('admin.settings')}>
      <Text c="dimmed" mb="sm">
        {t('settings.intro')}
      </Text>
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
      {shown?.length === 0 && (
        <Empty icon={IconSettingsOff} title={t('settings.none', { text: text.trim() })} />
      )}
      {shown &&
        byArea(shown).map(([area, settings]) => (
          <Card
            key={area}
            title={t(`settings.areas.${area as 'mail'}`, { defaultValue: area })} // a newer server may have others
          >
            <ul className={css.list}>
              {settings.map((setting) => (
                <Item key={setting.key} setting={setting} onEdit={() => setOpen(setting.key)} />
              ))}
            </ul>
          </Card>
        ))}
      {edited && <SettingDialog key={edited.key} setting={edited} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function Item({ setting, onEdit }: { readonly setting: Setting; onEdit(): void }) {
  const { t } = useTranslation();
  const shown = useShown();
  return (
    <li className={css.item} style={{ gridTemplateColumns: 'minmax(0, 1fr) auto' }}>
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
          {descriptionOf(setting)}
        </div>
      </div>
      <Group gap="xs" wrap="nowrap">
        <Code maw={180} style={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>
          {shown(setting, setting.value) || '–'}
        </Code>
        <Button
          size="xs"
          variant="default"
          onClick={onEdit}
          aria-label={t('admin.editSetting', { key: setting.key })}
        >
          {t('common.edit')}
        </Button>
      </Group>
    </li>
  );
}

/** `mail.host` belongs to `mail`; areas and settings in the order of the server. */
function byArea(settings: readonly Setting[]): readonly (readonly [string, readonly Setting[]])[] {
  return [...Map.groupBy(settings, ({ key }) => key.split('.')[0] ?? '')].toSorted(([a], [b]) =>
    a.localeCompare(b),
  );
}
