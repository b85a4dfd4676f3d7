import { Anchor, Badge, Button, Code, Menu, Skeleton, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { IconDownload, IconFileOff, IconListSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tellError } from '../../api/notify.tsx';
import { byPages } from '../../api/pages.ts';
import { provenDownload } from '../../api/proven-download.ts';
import { formatDateTime } from '../../i18n/format.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { areaName } from './audit/areas.ts';
import type { AuditEvent } from './audit/audit-event.ts';
import { exportAddress, queryOf, searchOf, viewOf, type AuditView } from './audit/audit-filter.ts';
import { EventDialog } from './audit/event-dialog.tsx';
import { nodeName, summaryOf } from './audit/event-names.ts';
import { Filters } from './audit/filters.tsx';
import { Integrity } from './audit/integrity.tsx';
import { RemovablePill } from '../removable-pill.tsx';
import { Rows } from './rows.tsx';

/** Who did what, from where; whether the log holds; a copy of it. */
export default function AuditScreen() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const view = viewOf(search);
  const [open, setOpen] = useState<AuditEvent | null>(null);
  const query = useEvents(view);
  const events = query.data?.pages.flatMap((page) => page.items);
  const show = (change: Partial<AuditView>) => {
    setOpen(null);
    setSearch(searchOf({ ...view, ...change }), { replace: true });
  };
  return (
    <Page title={t('audit.title')} tools={<ExportMenu view={view} />}>
      <Text c="dimmed" mb="md">
        {t('audit.intro')}
      </Text>
      <Integrity />
      <Filters view={view} onChange={show} />
      <div className={css.chips}>
        {view.actor && (
          <RemovablePill removeLabel={t('audit.unfilter')} onRemove={() => show({ actor: '' })}>
            {t('audit.filteredPerson', { name: actorName(events, view.actor) })}
          </RemovablePill>
        )}
        {view.node && (
          <RemovablePill removeLabel={t('audit.unfilter')} onRemove={() => show({ node: '' })}>
            {t('audit.filteredNode', { name: nameOfNode(events, view.node) })}
          </RemovablePill>
        )}
      </div>
      <Events query={query} events={events} onOpen={setOpen} />
      {open && <EventDialog event={open} onClose={() => setOpen(null)} onFilter={show} />}
    </Page>
  );
}

function ExportMenu({ view }: { readonly view: AuditView }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          {t('audit.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown maw={320}>
        <Menu.Item onClick={() => void provenDownload(exportAddress(view, 'csv')).catch(tellError)}>
          {t('audit.exportCsv')}
        </Menu.Item>
        <Menu.Item onClick={() => void provenDownload(exportAddress(view, 'jsonl')).catch(tellError)}>
          {t('audit.exportJson')}
          <Text size="xs" c="dimmed">
            {t('audit.exportText')}
          </Text>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** As the events at hand call them: while these are of somebody else, the id. */
function actorName(events: readonly AuditEvent[] | undefined, id: string): string {
  return events?.find((event) => event.actorId === id)?.actorLogin ?? id;
}

function nameOfNode(events: readonly AuditEvent[] | undefined, id: string): string {
  const names = events?.filter((event) => event.nodeId === id).map(nodeName);
  return names?.find((name) => name !== null) ?? id;
}

function useEvents(view: AuditView) {
  const [asked] = useDebouncedValue(view, 250);
  return useInfiniteQuery({
    queryKey: [...keys.audit, asked],
    placeholderData: keepPreviousData,
    ...byPages((at, signal) =>
      client.call('listAudit', {
        query: { ...queryOf(asked), limit: 100, ...at },
        signal,
      }),
    ),
  });
}

function Events({
  query,
  events,
  onOpen,
}: {
  readonly query: ReturnType<typeof useEvents>;
  readonly events: readonly AuditEvent[] | undefined;
  onOpen(event: AuditEvent): void;
}) {
  const { t } = useTranslation();
  if (query.isError && !events)
    return <Failure icon={IconFileOff} error={query.error} onRetry={() => void query.refetch()} />;
  if (!events) return <Skeleton height={320} />;
  if (events.length === 0)
    return <Empty icon={IconListSearch} title={t('audit.none')} text={t('audit.noneText')} />;
  return (
    <>
      <Rows head={[t('audit.when'), t('audit.event'), t('audit.who'), t('audit.address'), t('audit.what')]}>
        {events.map((event) => [
          <Anchor
            key="when"
            component="button"
            type="button"
            size="sm"
            style={{ whiteSpace: 'nowrap' }}
            aria-label={t('audit.show', { seq: event.seq, when: formatDateTime(event.at) })}
            onClick={() => onOpen(event)}
          >
            {formatDateTime(event.at)}
          </Anchor>,
          <Kind key="kind" kind={event.kind} />,
          event.actorLogin ?? event.actorId ?? (
            <Text size="sm" c="dimmed" span>
              {t('audit.nobody')}
            </Text>
          ),
          <span key="address" className={css.mono} style={{ whiteSpace: 'nowrap' }}>
            {event.address ?? '–'}
          </span>,
          <span key="what" className={css.mono}>
            <Summary text={summaryOf(event)} />
          </span>,
        ])}
      </Rows>
      <MoreButton query={query} />
    </>
  );
}

function Kind({ kind }: { readonly kind: string }) {
  const refused = /failed|denied|locked|lost|reused/.test(kind);
  return (
    <>
      <div>{areaName(kind)}</div>
      <Badge size="xs" tt="none" variant={refused ? 'filled' : 'light'} color={refused ? 'red' : 'volvox'}>
        {kind}
      </Badge>
    </>
  );
}

function Summary({ text }: { readonly text: string }) {
  return text === '' ? '–' : <Code>{text.length > 120 ? `${text.slice(0, 120)}…` : text}</Code>;
}
