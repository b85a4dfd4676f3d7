import { Skeleton, Text } from '@mantine/core';
import type { Activity } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { useActivity } from '../../api/queries.ts';
import { formatDateTime, formatRelative } from '../../i18n/format.ts';
import { MoreButton } from '../more-button.tsx';
import css from './inspector.module.css';

/** What happened to a thing and below it, newest first. */
export function ActivityTab({ nodeId }: { readonly nodeId: string }) {
  const { t } = useTranslation();
  const query = useActivity(nodeId);
  const items = query.data?.pages.flatMap((page) => page.items);
  if (query.isError) return <Text c="dimmed">{t('details.noActivity')}</Text>;
  if (!items) return <Skeleton height={120} />;
  if (items.length === 0) return <Text c="dimmed">{t('details.noActivity')}</Text>;
  return (
    <>
      <ol className={css.feed} aria-label={t('details.activity')}>
        {items.map((item) => (
          <li key={item.id} className={css.entry}>
            <Line item={item} />
            <time
              className={css.when}
              dateTime={new Date(item.at).toISOString()}
              title={formatDateTime(item.at)}
              style={{ gridColumn: '1 / -1' }}
            >
              {formatRelative(item.at)}
            </time>
          </li>
        ))}
      </ol>
      <MoreButton query={query} />
    </>
  );
}

const told = [
  'node.created',
  'node.updated',
  'node.moved',
  'node.copied',
  'node.trashed',
  'node.restored',
  'node.purged',
  'version.deleted',
  'access.changed',
  'share.created',
  'share.updated',
  'share.revoked',
  'cell.updated',
] as const;

function Line({ item }: { readonly item: Activity }) {
  const { t } = useTranslation();
  const kind = told.find((name) => name === item.kind);
  const values = { actor: item.actor?.displayName ?? t('details.server'), name: item.node?.name ?? '' };
  return (
    <div>{kind ? t(`activity.${keyOf(kind)}`, values) : `${values.actor}: ${item.kind} ${values.name}`}</div>
  );
}

type Told = (typeof told)[number];
type KeyOf<K extends string> = K extends `${infer A}.${infer B}` ? `${A}_${B}` : never;
/** i18next splits keys at dots. */
function keyOf<K extends Told>(kind: K): KeyOf<K> {
  return kind.replace('.', '_') as KeyOf<K>;
}
