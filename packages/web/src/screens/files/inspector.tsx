import { ActionIcon, Drawer, Tabs } from '@mantine/core';
import { IconShare3, IconX } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useNode } from '../../api/queries.ts';
import { ActivityTab } from './activity-tab.tsx';
import { FileIcon } from './file-icon.tsx';
import { InfoTab } from './info-tab.tsx';
import { useFilesUi, type Inspected } from './ui-store.ts';
import { VersionsTab } from './versions-tab.tsx';
import css from './inspector.module.css';

const PermissionsTab = lazy(() => import('../permissions/permissions-tab.tsx'));

/** Details, versions and activity of one thing: beside the list, or over it on a phone. */
export function Inspector({ phone }: { readonly phone: boolean }) {
  const { t } = useTranslation();
  const inspected = useFilesUi((state) => state.inspected);
  const inspect = useFilesUi((state) => state.inspect);
  if (!inspected) return null;
  const close = () => inspect(null);
  if (!phone) {
    return (
      <aside className={css.aside} aria-label={t('verbs.details')}>
        <Content key={inspected.node.id} inspected={inspected} onClose={close} />
      </aside>
    );
  }
  return (
    <Drawer
      opened
      onClose={close}
      position="bottom"
      size="75%"
      withCloseButton={false}
      padding={0}
      radius="lg"
      aria-label={t('verbs.details')}
    >
      <Content key={inspected.node.id} inspected={inspected} onClose={close} />
    </Drawer>
  );
}

function Content({ inspected, onClose }: { readonly inspected: Inspected; onClose(): void }) {
  const { t } = useTranslation();
  const inspect = useFilesUi((state) => state.inspect);
  const node = useNode(inspected.node.id).data ?? inspected.node;
  const file = node.kind === 'file';
  const manages = node.permissions.includes('manage');
  return (
    <div className={css.content}>
      <div className={css.head}>
        <FileIcon node={node} size={40} />
        <h2 className={css.name}>{node.name}</h2>
        {node.permissions.includes('share') && (
          <ActionIcon
            aria-label={t('share.dialog', { name: node.name })}
            size={34}
            onClick={() => useFilesUi.getState().open({ kind: 'share', node })}
          >
            <IconShare3 size={17} />
          </ActionIcon>
        )}
        <ActionIcon aria-label={t('common.close')} size={34} onClick={onClose}>
          <IconX size={17} />
        </ActionIcon>
      </div>
      <Tabs
        value={inspected.tab}
        onChange={(tab) => isTab(tab) && inspect({ node, tab })}
        className={css.tabs}
        keepMounted={false}
      >
        <Tabs.List px="md">
          <Tabs.Tab value="info">{t('details.info')}</Tabs.Tab>
          {file && <Tabs.Tab value="versions">{t('details.versions')}</Tabs.Tab>}
          <Tabs.Tab value="activity">{t('details.activity')}</Tabs.Tab>
          {manages && <Tabs.Tab value="permissions">{t('permissions.tab')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="info" className={css.panel}>
          <InfoTab node={node} />
        </Tabs.Panel>
        {file && (
          <Tabs.Panel value="versions" className={css.panel}>
            <VersionsTab node={node} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="activity" className={css.panel}>
          <ActivityTab nodeId={node.id} />
        </Tabs.Panel>
        {manages && (
          <Tabs.Panel value="permissions" className={css.panel}>
            <Suspense>
              <PermissionsTab node={node} />
            </Suspense>
          </Tabs.Panel>
        )}
      </Tabs>
    </div>
  );
}

function isTab(tab: string | null): tab is Inspected['tab'] {
  return tab === 'info' || tab === 'versions' || tab === 'activity' || tab === 'permissions';
}
