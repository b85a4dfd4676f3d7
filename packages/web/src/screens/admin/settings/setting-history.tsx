import { Button, Code, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { formatDateTime } from '../../../i18n/format.ts';
import type { Setting } from './setting.ts';
import { useShown } from './shown.ts';

interface Props {
  readonly setting: Setting;
  onTake(change: { readonly value: unknown } | 'unset'): void;
}

/** Earlier values, newest first, what each one replaced, by whom, and a way back to it. */
export function SettingHistory({ setting, onTake }: Props) {
  const { t } = useTranslation();
  const history = useQuery({
    queryKey: [...keys.settings, setting.key],
    queryFn: async ({ signal }) =>
      (await client.call('settingHistory', { params: { key: setting.key }, signal })).items,
  });
  const shownText = useShown();
  const people = useNames(history.data?.map(({ actor }) => actor) ?? []);
  if (!history.data || history.data.length === 0) return null;
  const entries = history.data;
  const shown = (entry: (typeof entries)[number] | undefined): string => {
    if (entry === undefined || entry.removed) return t('settings.wasDefault');
    return shownText(setting, entry.value) || '–';
  };
  return (
    <section aria-label={t('admin.earlier')} style={{ maxHeight: 240, overflow: 'auto' }} tabIndex={0}>
      <Text size="sm" fw={560} mb={4}>
        {t('admin.earlier')}
      </Text>
      {entries.map((entry, at) => (
        <Group key={entry.revision} justify="space-between" gap="xs" py={3} wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Text size="xs" c="dimmed">
              {formatDateTime(entry.at)}
              {entry.actor && ` · ${t('settings.by', { name: people.get(entry.actor) ?? entry.actor })}`}
            </Text>
            <Code style={{ overflowWrap: 'anywhere' }}>
              <del>{shown(entries[at + 1])}</del> → {shown(entry)}
            </Code>
          </div>
          {at > 0 && (
            <Button
              size="compact-xs"
              variant="default"
              miw="max-content"
              aria-label={t('settings.restoreOf', { when: formatDateTime(entry.at) })}
              onClick={() => onTake(entry.removed ? 'unset' : { value: entry.value })}
            >
              {t('settings.restore')}
            </Button>
          )}
        </Group>
      ))}
    </section>
  );
}

/** Who they are; ids that nobody has any more stay as they are. */
function useNames(actors: readonly (string | null)[]): ReadonlyMap<string, string> {
  const wanted = actors.some((actor) => actor !== null);
  const users = useQuery({
    queryKey: [...keys.users, 'names'],
    enabled: wanted,
    queryFn: async ({ signal }) => (await client.call('listUsers', { query: { limit: 1000 }, signal })).items,
  });
  return new Map(users.data?.map((user) => [user.id, user.displayName]));
}
