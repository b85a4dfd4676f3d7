import { Button, Skeleton, Text } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import type { Group } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { GroupAdmins } from './groups/group-admins.tsx';
import { GroupDialog, type GroupTask } from './groups/group-dialog.tsx';
import { inTree, useGroups } from './groups/group-options.ts';
import { GroupRow } from './groups/group-row.tsx';

/** The tree of groups with their members and administrators. */
export default function GroupsScreen() {
  const { t } = useTranslation();
  const [task, setTask] = useState<GroupTask | null>(null);
  const [admins, setAdmins] = useState<Group | null>(null);
  const query = useGroups();
  const groups = query.data?.items ?? [];
  const [top] = inTree(groups);
  return (
    <Page
      title={t('groups.title')}
      tools={
        top && (
          <Button
            leftSection={<IconPlus size={16} />}
            onClick={() => setTask({ kind: 'new', below: top.group })}
          >
            {t('groups.new')}
          </Button>
        )
      }
    >
      <Text c="dimmed" size="sm" mb="md">
        {t('groups.text')}
      </Text>
      {query.isPending && <Skeleton height={160} />}
      {query.isError && (
        <Failure icon={IconUsersGroup} error={query.error} onRetry={() => void query.refetch()} />
      )}
      <ul className={css.list} aria-label={t('groups.title')}>
        {inTree(groups).map(({ group, depth }) => (
          <GroupRow
            key={group.id}
            group={group}
            depth={depth}
            below={depth > 0}
            onTask={setTask}
            onAdmins={setAdmins}
          />
        ))}
      </ul>
      {task && <GroupDialog task={task} groups={groups} onClose={() => setTask(null)} />}
      {admins && <GroupAdmins group={admins} onClose={() => setAdmins(null)} />}
    </Page>
  );
}
