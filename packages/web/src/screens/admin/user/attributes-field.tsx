import { ActionIcon, Button, Fieldset, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

export interface AttributeRow {
  readonly name: string;
  readonly value: string;
}

interface Props {
  readonly rows: readonly AttributeRow[];
  onChange(rows: readonly AttributeRow[]): void;
}

/** Names and values of a user, a row each. */
export function AttributesField({ rows, onChange }: Props) {
  const { t } = useTranslation();
  const replace = (at: number, patch: Partial<AttributeRow>) =>
    onChange(rows.map((row, index) => (index === at ? { ...row, ...patch } : row)));
  return (
    <Fieldset legend={t('users.attributes')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('userPage.attributesText')}
        </Text>
        {rows.map((row, at) => (
          <Group key={at} align="end" gap="xs" wrap="nowrap">
            <TextInput
              label={t('roles.attribute')}
              value={row.name}
              onChange={(event) => replace(at, { name: event.currentTarget.value })}
              maxLength={64}
              spellCheck={false}
              style={{ flex: 1 }}
              miw={0}
            />
            <TextInput
              label={t('roles.value')}
              value={row.value}
              onChange={(event) => replace(at, { value: event.currentTarget.value })}
              maxLength={200}
              style={{ flex: 2 }}
              miw={0}
            />
            <ActionIcon
              size={36}
              aria-label={t('userPage.removeAttribute', { name: row.name })}
              onClick={() => onChange(rows.filter((_row, index) => index !== at))}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          style={{ alignSelf: 'flex-start' }}
          onClick={() => onChange([...rows, { name: '', value: '' }])}
        >
          {t('userPage.addAttribute')}
        </Button>
      </Stack>
    </Fieldset>
  );
}
