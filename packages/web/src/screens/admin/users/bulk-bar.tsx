import { ActionIcon, Button, Group, Paper, Select, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconX } from '@tabler/icons-react';
import type { Group as UserGroup } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain, tell, tellError } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { useSession } from '../../../session/store.ts';
import { groupOptions } from '../groups/group-options.ts';

interface Props {
  readonly ids: readonly string[];
  readonly groups: readonly UserGroup[];
  onDone(): void;
}

/** What can be done with many users at once; each by itself, so that one refusal leaves the others changed. */
export function BulkBar({ ids, groups, onDone }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const admin = useSession((state) => state.me?.user.admin) === true;
  const save = async () => {
    setBusy(true);
    try {
      saveAs(await csvOf(ids), 'users.csv');
    } catch (failure) {
      tellError(failure);
    }
    setBusy(false);
  };
  const run = async (body: { disabled?: boolean; groupId?: string }) => {
    setBusy(true);
    let done = 0;
    const failures: unknown[] = [];
    for (const id of ids)
      try {
        await client.call('updateUser', { params: { id }, body });
        done++;
      } catch (failure) {
        failures.push(failure);
      }
    void queryClient.invalidateQueries({ queryKey: keys.users });
    if (done > 0) tell(t('users.bulkDone', { count: done }));
    const [first] = failures;
    if (first !== undefined)
      notifications.show({
        color: 'red',
        message: t('users.bulkFailed', {
          count: failures.length,
          reason: isApiError(first) ? first.message : explain(first),
        }),
        closeButtonProps: { 'aria-label': t('common.close') },
      });
    setBusy(false);
    onDone();
  };
  return (
    <Paper withBorder p="xs" mb="md" role="region" aria-label={t('users.selected', { count: ids.length })}>
      <Group gap="xs">
        <Text size="sm" fw={520} aria-live="polite">
          {t('users.selected', { count: ids.length })}
        </Text>
        <Select
          size="sm"
          w={220}
          aria-label={t('users.move')}
          placeholder={t('users.move')}
          searchable
          disabled={busy}
          value={null}
          data={groupOptions(groups)}
          onChange={(groupId) => groupId && void run({ groupId })}
        />
        <Button variant="light" loading={busy} onClick={() => void run({ disabled: true })}>
          {t('users.disable')}
        </Button>
        <Button variant="light" loading={busy} onClick={() => void run({ disabled: false })}>
          {t('users.enable')}
        </Button>
        {admin && (
          <Button variant="light" loading={busy} onClick={() => void save()}>
            {t('users.export')}
          </Button>
        )}
        <ActionIcon size={36} aria-label={t('users.clear')} onClick={onDone} disabled={busy}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
    </Paper>
  );
}

/** The server takes so many ids at once. */
const idsAtOnce = 100;

/** One file of several answers: the header of the first holds for all. */
async function csvOf(ids: readonly string[]): Promise<Blob> {
  const parts: string[] = [];
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const query = { ids: ids.slice(at, at + idsAtOnce).join(',') };
    const text = await (await client.call('exportUsers', { query })).text();
    parts.push(at === 0 ? text : text.slice(text.indexOf('\n') + 1));
  }
  return new Blob(parts, { type: 'text/csv' });
}

function saveAs(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
