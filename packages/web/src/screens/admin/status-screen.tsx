import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconServerOff } from '@tabler/icons-react';
import type { ClusterStatus } from '@volvox/api';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tell, tellError } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { formatCount, formatDateTime, formatRelative, formatTook } from '../../i18n/format.ts';
import { Failure } from '../files/empty.tsx';
import { Card, Page } from '../page.tsx';
import css from '../page.module.css';
import { Contents } from './status/contents.tsx';
import { NodeSettings, NodeStores } from './status/node-stores.tsx';
import { Rows, State } from './rows.tsx';
import { RunHistory } from './run-history.tsx';

/** Whether all is well: nodes, stores, followers, duties. */
export default function StatusScreen() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => client.call('status', { signal }),
    refetchInterval: 5000,
  });
  const act = async (action: Promise<unknown>, done: string) => {
    try {
      await action;
      tell(done);
    } catch (error) {
      tellError(error);
    }
    void queryClient.invalidateQueries({ queryKey: keys.status });
    void queryClient.invalidateQueries({ queryKey: keys.runs });
  };
  const status = query.data;
  if (query.isError && !status)
    return (
      <Page title={t('admin.status')}>
        <Failure icon={IconServerOff} error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  if (!status)
    return (
      <Page title={t('admin.status')}>
        {[1, 2, 3].map((key) => (
          <Skeleton key={key} height={140} mb="md" radius="lg" />
        ))}
      </Page>
    );
  return (
    <Page title={t('admin.status')}>
      <Card title={t('admin.nodes')}>
        <Rows
          head={[
            t('files.name'),
            t('admin.state'),
            t('admin.version'),
            t('admin.started'),
            t('admin.address'),
            t('status.stores'),
          ]}
        >
          {status.nodes.map((node) => [
            node.name,
            <div key="state">
              <State ok={node.state === 'ready'} text={t(`status.${node.state}`)} />
              <NodeSettings settings={node.settings} />
            </div>,
            node.version,
            formatRelative(node.startedAt),
            <code key="url" className={css.mono}>
              {node.url}
            </code>,
            <NodeStores
              key="stores"
              stores={node.stores ?? (status.nodes.length === 1 ? status.stores : null)}
            />,
          ])}
        </Rows>
      </Card>
      <Card title={t('admin.stores')}>
        <Rows
          head={[
            t('admin.store'),
            t('admin.state'),
            t('admin.latency'),
            t('admin.version'),
            t('admin.address'),
          ]}
        >
          {status.stores.map((store) => [
            `${store.kind} · ${store.driver}`,
            <State
              key="state"
              ok={store.ok}
              text={store.ok ? t('admin.ok') : (store.error ?? t('admin.down'))}
            />,
            store.latencyMs === null ? '–' : formatTook(store.latencyMs),
            store.version ?? '–',
            <code key="url" className={css.mono}>
              {store.url}
            </code>,
          ])}
        </Rows>
      </Card>
      <Card title={t('admin.followers')} text={t('admin.followersText')}>
        <Rows head={[t('files.name'), t('admin.state'), t('admin.position'), t('admin.lag'), '']}>
          {status.followers.map((follower) => [
            follower.name,
            <State
              key="state"
              ok={follower.error === null && !follower.parked}
              text={stateOf(follower, t)}
            />,
            formatCount(follower.position),
            formatCount(follower.lag),
            <Button
              key="do"
              size="compact-xs"
              variant="default"
              disabled={follower.rebuilding}
              onClick={() =>
                void act(
                  client.call('rebuildFollower', { params: { name: follower.name } }),
                  t('admin.rebuildStarted', { name: follower.name }),
                )
              }
            >
              {t('admin.rebuild')}
            </Button>,
          ])}
        </Rows>
      </Card>
      {status.contents && <Contents contents={status.contents} />}
      <Card title={t('admin.duties')}>
        <Rows head={[t('files.name'), t('admin.schedule'), t('admin.lastRun'), t('admin.state'), '']}>
          {status.jobs.map((job) => [
            job.name,
            <code key="cron" className={css.mono}>
              {job.schedule}
            </code>,
            job.lastRun ? (
              <span title={formatDateTime(job.lastRun.startedAt)}>
                {formatRelative(job.lastRun.startedAt)}
              </span>
            ) : (
              t('admin.neverRun')
            ),
            job.lastRun ? (
              <State
                key="state"
                ok={job.lastRun.state !== 'failed'}
                text={job.lastRun.error ?? t(`admin.run.${job.lastRun.state}`)}
              />
            ) : (
              '–'
            ),
            <Button
              key="do"
              size="compact-xs"
              variant="default"
              onClick={() =>
                void act(
                  client.call('runJob', { params: { name: job.name } }),
                  t('admin.ran', { name: job.name }),
                )
              }
            >
              {t('admin.runNow')}
            </Button>,
          ])}
        </Rows>
      </Card>
      <RunHistory jobs={status.jobs.map((job) => job.name)} />
    </Page>
  );
}

function stateOf(
  { error, rebuilding, parked = 0 }: ClusterStatus['followers'][number],
  t: TFunction,
): string {
  if (error !== null) return error;
  if (rebuilding) return t('admin.rebuilding');
  return parked === 0 ? t('admin.ok') : t('status.parked', { count: parked });
}
