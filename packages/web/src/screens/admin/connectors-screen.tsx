import { ActionIcon, Badge, Button, Menu, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconDots, IconPlugConnected, IconPlus } from '@tabler/icons-react';
import type { Connector } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { formatRelative } from '../../i18n/format.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { change } from '../teams/change.ts';
import { ConnectorDialog, type Editing } from './connectors/connector-dialog.tsx';
import { SyncDialog } from './connectors/sync-dialog.tsx';

/** Directories and OpenID providers outside, in the order in which they are asked. */
export default function ConnectorsScreen() {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<Editing | null>(null);
  const [syncing, setSyncing] = useState<{ readonly connector: Connector; readonly dryRun: boolean } | null>(
    null,
  );
  const query = useQuery({
    queryKey: keys.connectors,
    queryFn: ({ signal }) => client.call('listConnectors', { signal }),
  });
  const make = (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <Button leftSection={<IconPlus size={16} />}>{t('connectors.new')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => setEditing({ kind: 'oidc', connector: null })}>
          {t('connectors.newOidc')}
        </Menu.Item>
        <Menu.Item onClick={() => setEditing({ kind: 'ldap', connector: null })}>
          {t('connectors.newLdap')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
  return (
    <Page title={t('connectors.title')} tools={make}>
      <Text c="dimmed" size="sm" mb="md">
        {t('connectors.text')}
      </Text>
      {query.isPending && <Skeleton height={160} />}
      {query.isError && (
        <Failure icon={IconPlugConnected} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data?.items.length === 0 && (
        <Empty icon={IconPlugConnected} title={t('connectors.none')} text={t('connectors.noneText')} />
      )}
      <ul className={css.list} aria-label={t('connectors.title')}>
        {query.data?.items.map((connector) => (
          <ConnectorRow
            key={connector.id}
            connector={connector}
            onEdit={() => setEditing({ kind: connector.settings.kind, connector })}
            onSync={(dryRun) => setSyncing({ connector, dryRun })}
          />
        ))}
      </ul>
      {editing && <ConnectorDialog editing={editing} onClose={() => setEditing(null)} />}
      {syncing && <SyncDialog {...syncing} onClose={() => setSyncing(null)} />}
    </Page>
  );
}

interface RowProps {
  readonly connector: Connector;
  onEdit(): void;
  onSync(dryRun: boolean): void;
}

function ConnectorRow({ connector, onEdit, onSync }: RowProps) {
  const { t } = useTranslation();
  const { id, name, settings, lastSync, users } = connector;
  const remove = () =>
    modals.openConfirmModal({
      title: t('connectors.deleteTitle', { name }),
      children: <Text size="sm">{t('connectors.deleteText')}</Text>,
      labels: { confirm: t('connectors.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('deleteConnector', { params: { id } }), t('connectors.deleted', { name }), [
          keys.connectors,
        ]),
    });
  const facts = [
    settings.kind === 'oidc' ? settings.issuer : settings.url,
    t('connectors.users', { count: users }),
    lastSync &&
      (lastSync.error === null
        ? t('connectors.synced', { when: formatRelative(lastSync.at) })
        : t('connectors.syncFailed', { error: lastSync.error })),
  ];
  return (
    <li className={css.item}>
      <IconPlugConnected size={20} stroke={1.6} aria-hidden="true" />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {name} {!connector.enabled && <Badge variant="default">{t('connectors.disabled')}</Badge>}
        </div>
        <div className={css.sub}>{facts.filter(Boolean).join(' · ')}</div>
      </div>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon size={36} aria-label={t('connectors.more', { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onEdit}>{t('connectors.edit')}</Menu.Item>
          {settings.kind === 'ldap' && (
            <>
              <Menu.Item onClick={() => onSync(true)}>{t('connectors.dryRun')}</Menu.Item>
              <Menu.Item onClick={() => onSync(false)}>{t('connectors.sync')}</Menu.Item>
            </>
          )}
          <Menu.Item color="var(--mantine-color-error)" onClick={remove}>
            {t('connectors.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
