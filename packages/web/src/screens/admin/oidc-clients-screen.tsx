import { ActionIcon, Badge, Button, Code, Menu, Skeleton, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconApps, IconDots, IconPlus } from '@tabler/icons-react';
import type { OidcClient } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tellError } from '../../api/notify.tsx';
import { Empty, Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { change } from '../teams/change.ts';
import { ClientDialog } from './oidc-clients/client-dialog.tsx';
import { SecretDialog, type Shown } from './oidc-clients/secret-dialog.tsx';

/** The apps that people may sign in to with their account here. */
export default function OidcClientsScreen() {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<OidcClient | 'new' | null>(null);
  const [secret, setSecret] = useState<Shown | null>(null);
  const query = useQuery({
    queryKey: keys.oidcClients,
    queryFn: ({ signal }) => client.call('listOidcClients', { signal }),
  });
  const make = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('new')}>
      {t('apps.new')}
    </Button>
  );
  return (
    <Page title={t('apps.title')} tools={make}>
      <Text c="dimmed" size="sm" mb="xs">
        {t('apps.text')}
      </Text>
      <Text c="dimmed" size="sm" mb="md">
        {t('apps.issuer')} <Code>{location.origin}</Code>
      </Text>
      {query.isPending && <Skeleton height={160} />}
      {query.isError && <Failure icon={IconApps} error={query.error} onRetry={() => void query.refetch()} />}
      <ul className={css.list} aria-label={t('apps.title')}>
        {query.data?.items.map((app) => (
          <AppRow key={app.id} app={app} onEdit={() => setEditing(app)} onSecret={setSecret} />
        ))}
      </ul>
      {query.data?.items.every((app) => app.builtIn) && (
        <Empty icon={IconApps} title={t('apps.none')} text={t('apps.noneText')} />
      )}
      {editing && (
        <ClientDialog
          app={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onSecret={setSecret}
        />
      )}
      {secret && <SecretDialog shown={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

interface RowProps {
  readonly app: OidcClient;
  onEdit(): void;
  onSecret(shown: Shown): void;
}

function AppRow({ app, onEdit, onSecret }: RowProps) {
  const { t } = useTranslation();
  const { id, name } = app;
  const params = { id };
  const ask = (what: 'delete' | 'newSecret', run: () => void) =>
    modals.openConfirmModal({
      title: t(`apps.${what}Title`, { name }),
      children: <Text size="sm">{t(`apps.${what}Text`)}</Text>,
      labels: { confirm: t(`apps.${what}`), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: run,
    });
  const renew = () =>
    client
      .call('renewOidcSecret', { params, body: {} })
      .then(({ secret }) => onSecret({ name, clientId: id, secret }), tellError);
  const remove = () =>
    void change(client.call('deleteOidcClient', { params }), t('apps.deleted', { name }), [keys.oidcClients]);
  return (
    <li className={css.item}>
      <IconApps size={20} stroke={1.6} aria-hidden="true" />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {name} {app.builtIn && <Badge variant="default">{t('apps.builtIn')}</Badge>}{' '}
          {app.firstParty && !app.builtIn && <Badge variant="light">{t('apps.trusted')}</Badge>}
        </div>
        <div className={css.sub}>{[id, ...app.redirectUris].join(' · ')}</div>
      </div>
      {!app.builtIn && (
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon size={36} aria-label={t('apps.more', { name })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onEdit}>{t('apps.edit')}</Menu.Item>
            {app.confidential && (
              <Menu.Item onClick={() => ask('newSecret', () => void renew())}>
                {t('apps.newSecret')}
              </Menu.Item>
            )}
            <Menu.Item color="var(--mantine-color-error)" onClick={() => ask('delete', remove)}>
              {t('apps.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  );
}
