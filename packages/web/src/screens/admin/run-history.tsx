import { Select, Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { byPages } from '../../api/pages.ts';
import { formatCount, formatDateTime, formatTook } from '../../i18n/format.ts';
import { MoreButton } from '../more-button.tsx';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { Rows, State } from './rows.tsx';

/** What the duties did, newest first. */
export function RunHistory({ jobs }: { readonly jobs: readonly string[] }) {
  const { t } = useTranslation();
  const [job, setJob] = useState<string | null>(null);
  const query = useInfiniteQuery({
    queryKey: [...keys.runs, job],
    ...byPages((at, signal) =>
      client.call('listRuns', {
        query: { limit: 20, ...(job ? { job } : {}), ...at },
        signal,
      }),
    ),
  });
  const runs = query.data?.pages.flatMap((page) => page.items);
  return (
    <Card
      title={t('admin.history')}
      tools={
        <Select
          size="xs"
          clearable
          placeholder={t('admin.allDuties')}
          aria-label={t('admin.duties')}
          data={[...jobs]}
          value={job}
          onChange={setJob}
          clearButtonProps={{ 'aria-label': t('files.clear') }}
        />
      }
    >
      {!runs && <Skeleton height={80} />}
      {runs?.length === 0 && <Text c="dimmed">{t('admin.noRuns')}</Text>}
      {runs && runs.length > 0 && (
        <Rows
          head={[t('files.name'), t('admin.started'), t('admin.took'), t('admin.state'), t('admin.result')]}
        >
          {runs.map((run) => [
            run.job,
            formatDateTime(run.startedAt),
            run.endedAt === null ? '–' : formatTook(run.endedAt - run.startedAt),
            <State key="state" ok={run.state !== 'failed'} text={t(`admin.run.${run.state}`)} />,
            <span key="result" className={css.mono}>
              {run.error ?? factsOf(run.result)}
            </span>,
          ])}
        </Rows>
      )}
      <MoreButton query={query} />
    </Card>
  );
}

/** What a duty tells of its work, by the server's own names. */
function factsOf(result: Readonly<Record<string, unknown>>): string {
  return Object.entries(result)
    .map(
      ([name, value]) => `${name} ${typeof value === 'number' ? formatCount(value) : JSON.stringify(value)}`,
    )
    .join(' · ');
}
