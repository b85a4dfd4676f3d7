import { ActionIcon, Button, Fieldset, Group, Select, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { ConnectorSettings } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { useAssignedRoles } from '../../../api/queries.ts';
import { groupOptions, useGroups } from '../groups/group-options.ts';

type Mapping = ConnectorSettings['groups'][number];

interface Props {
  readonly groups: readonly Mapping[];
  onChange(groups: Mapping[]): void;
}

/** What belonging to a group there means here. */
export function GroupMappings({ groups, onChange }: Props) {
  const { t } = useTranslation();
  const ours = useGroups().data?.items ?? [];
  const roles = useAssignedRoles().data;
  const roleOptions = roles?.map((role) => ({ value: role.id, label: role.label })) ?? [];
  const replace = (at: number, patch: Partial<Mapping>) =>
    onChange(groups.map((each, index) => (index === at ? { ...each, ...patch } : each)));
  return (
    <Fieldset legend={t('connectors.groups')}>
      <Stack gap="sm">
        {groups.map((mapping, at) => (
          <Group key={at} align="end" gap="xs">
            <TextInput
              label={t('connectors.groupThere')}
              value={mapping.external}
              onChange={(event) => replace(at, { external: event.currentTarget.value })}
              required
              withAsterisk={false}
              spellCheck={false}
              style={{ flex: '2 1 160px' }}
            />
            <Select
              label={t('connectors.groupHere')}
              placeholder={t('connectors.noGroup')}
              data={groupOptions(ours)}
              value={mapping.groupId}
              onChange={(groupId) => replace(at, { groupId })}
              clearable
              searchable
              style={{ flex: '1 1 140px' }}
            />
            <Select
              label={t('connectors.roleHere')}
              placeholder={t('connectors.noRole')}
              data={roleOptions}
              value={mapping.roleId}
              onChange={(roleId) => replace(at, { roleId })}
              clearable
              searchable
              style={{ flex: '1 1 140px' }}
            />
            <ActionIcon
              size={36}
              aria-label={t('connectors.removeGroup', { name: mapping.external })}
              onClick={() => onChange(groups.filter((_each, index) => index !== at))}
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
          onClick={() => onChange([...groups, { external: '', groupId: null, roleId: null }])}
        >
          {t('connectors.addGroup')}
        </Button>
      </Stack>
    </Fieldset>
  );
}
