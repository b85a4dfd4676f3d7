import { Badge, Button, Group, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { IconFileOff, IconRefresh, IconSearch } from '@tabler/icons-react';
import type { LogEntry } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { byPages } from '../../api/pages.ts';
import { formatDateTime } from '../../i18n/format.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import own from './logs-screen.module.css';

const levels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
const colors = { debug: 'gray', info: 'gray', warn: 'orange', error: 'red', fatal: 'red' } as const;

/** The server's log, searched by word, level or request. */
export default function LogsScreen() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [requestId, setRequestId] = useState('');
  const [level, setLevel] = useState<string | null>(null);
  const [q] = useDebouncedValue(text.trim(), 250);
  const [request] = useDebouncedValue(requestId.trim(), 250);
  const atLevel = levels.find((name) => name === level);
  const query = useInfiniteQuery({
    queryKey: [...keys.logs, q, atLevel, request],
    placeholderData: keepPreviousData,
    ...byPages((at, signal) =>
      client.call('listLogs', {
        query: {
          limit: 100,
          ...(q ? { q } : {}),
          ...(atLevel ? { level: atLevel } : {}),
          ...(request ? { requestId: request } : {}),
          ...at,
        },
        signal,
      }),
    ),
  });
  const entries = query.data?.pages.flatMap((page) => page.items);
  return (
    <Page
      title={t('admin.logs')}
      tools={
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} />}
          loading={query.isFetching}
          onClick={() => void query.refetch()}
        >
          {t('admin.refresh')}
        </Button>
      }
    >
      <Group mb="md" gap="sm">
        <TextInput
          type="search"
          flex="1 1 200px"
          leftSection={<IconSearch size={16} />}
          placeholder={t('admin.findLog')}
          aria-label={t('admin.findLog')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          w={140}
          placeholder={t('admin.anyLevel')}
          aria-label={t('admin.level')}
          clearable
          clearButtonProps={{ 'aria-label': t('files.clear') }}
          data={[...levels]}
          value={level}
          onChange={setLevel}
        />
        <TextInput
          w={220}
          placeholder={t('admin.requestId')}
          aria-label={t('admin.requestId')}
          value={requestId}
          onChange={(event) => setRequestId(event.currentTarget.value)}
        />
      </Group>
      {query.isError && (
        <Failure icon={IconFileOff} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={300} />}
      {entries?.length === 0 && <Empty icon={IconSearch} title={t('admin.noLogs')} />}
      <ol className={css.list}>
        {entries?.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      <MoreButton query={query} mt="md" />
    </Page>
  );
}

function Entry({ entry }: { readonly entry: LogEntry }) {
  const fields = Object.entries(entry.fields);
  return (
    <li className={own.entry}>
      <details>
        <summary>
          <Badge
            size="xs"
            variant={colors[entry.level] === 'gray' ? 'default' : 'light'}
            color={colors[entry.level]}
            miw={52}
          >
            {entry.level}
          </Badge>
          <time className={css.sub}>{formatDateTime(entry.at)}</time>
          <span className={own.message}>{entry.message}</span>
          <span className={css.sub}>{entry.node}</span>
        </summary>
        <pre className={css.mono}>
          {JSON.stringify(
            { ...(entry.requestId ? { requestId: entry.requestId } : {}), ...Object.fromEntries(fields) },
            null,
            2,
          )}
        </pre>
      </details>
    </li>
  );
}
