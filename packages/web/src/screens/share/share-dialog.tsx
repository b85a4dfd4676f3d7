import { Divider, Modal, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { Node } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { phoneQuery } from '../../theme/breakpoints.ts';
import { LinkPanel } from '../links/link-panel.tsx';
import { AccessList } from './access-list.tsx';
import { ShareForm } from './share-form.tsx';
import { ShareList } from './share-list.tsx';

interface Props {
  readonly node: Node;
  onClose(): void;
}

/** Everything about who gets at one file or folder: people, links, and what comes of it. */
export default function ShareDialog({ node, onClose }: Props) {
  const { t } = useTranslation();
  const phone = useMediaQuery(phoneQuery, matchMedia(phoneQuery).matches);
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      fullScreen={phone}
      title={t('share.dialog', { name: node.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Tabs defaultValue="people" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="people">{t('share.people')}</Tabs.Tab>
          <Tabs.Tab value="links">{t('share.links')}</Tabs.Tab>
          <Tabs.Tab value="access">{t('share.access')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="people">
          <ShareForm node={node} />
          <Divider my="md" />
          <ShareList nodeId={node.id} />
        </Tabs.Panel>
        <Tabs.Panel value="links">
          <LinkPanel nodeId={node.id} />
        </Tabs.Panel>
        <Tabs.Panel value="access">
          <AccessList nodeId={node.id} />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}
