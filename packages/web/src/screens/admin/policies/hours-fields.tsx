import { ActionIcon, Button, Chip, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { newWindow, type PolicyDraft, type WindowDraft } from './draft.ts';
import { dayName } from './summary.ts';

const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
const days = [1, 2, 3, 4, 5, 6, 7];

interface Props {
  readonly draft: PolicyDraft;
  onChange(part: Partial<PolicyDraft>): void;
}

/** The times of a policy: windows of days and hours in one time zone. */
export function HoursFields({ draft, onChange }: Props) {
  const { t } = useTranslation();
  const { windows } = draft;
  const replace = (index: number, part: Partial<WindowDraft>) =>
    onChange({ windows: windows.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <legend style={{ fontSize: 'var(--mantine-font-size-sm)', fontWeight: 500, padding: 0 }}>
        {t('policies.hours')}
      </legend>
      <Stack gap="sm" mt={6}>
        {windows.map((window, index) => (
          <Window
            key={index}
            window={window}
            onChange={(part) => replace(index, part)}
            onRemove={() => onChange({ windows: windows.filter((_, at) => at !== index) })}
          />
        ))}
        {windows.length > 0 && (
          <>
            <Text size="xs" c="dimmed">
              {t('policies.hoursText')}
            </Text>
            <Select
              searchable
              allowDeselect={false}
              label={t('policies.timeZone')}
              data={zones.includes(draft.timeZone) ? zones : [draft.timeZone, ...zones]}
              value={draft.timeZone}
              onChange={(timeZone) => onChange({ timeZone: timeZone ?? 'UTC' })}
              maw={280}
              limit={100}
            />
          </>
        )}
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={15} />}
          style={{ alignSelf: 'flex-start' }}
          onClick={() => onChange({ windows: [...windows, newWindow] })}
        >
          {t('policies.hours')}
        </Button>
      </Stack>
    </fieldset>
  );
}

interface WindowProps {
  readonly window: WindowDraft;
  onChange(part: Partial<WindowDraft>): void;
  onRemove(): void;
}

function Window({ window, onChange, onRemove }: WindowProps) {
  const { t } = useTranslation();
  return (
    <Group align="flex-end" gap="xs">
      <Chip.Group multiple value={[...window.days]} onChange={(chosen) => onChange({ days: chosen })}>
        <Group gap={4} role="group" aria-label={t('policies.days')}>
          {days.map((day) => (
            <Chip key={day} variant="outline" value={String(day)} size="xs" radius="sm">
              {dayName(day)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <TextInput
        type="time"
        required
        withAsterisk={false}
        label={t('policies.from')}
        value={window.from}
        onChange={(event) => onChange({ from: event.currentTarget.value })}
      />
      <TextInput
        type="time"
        required
        withAsterisk={false}
        label={t('policies.to')}
        value={window.to === '24:00' ? '00:00' : window.to}
        onChange={(event) => onChange({ to: event.currentTarget.value })}
      />
      <ActionIcon size={36} aria-label={t('common.delete')} onClick={onRemove}>
        <IconX size={16} />
      </ActionIcon>
    </Group>
  );
}
