import { Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconInbox, IconLink } from '@tabler/icons-react';
import type { Link } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { useNode } from '../../api/queries.ts';
import { addressOf, explainLink } from './link-address.ts';
import { LinkCard } from './link-card.tsx';
import { linksChanged, useLinks } from './link-queries.ts';

interface Props {
  readonly nodeId: string;
}

/** The links of one file or folder: part of the share dialog. */
export function LinkPanel({ nodeId }: Props) {
  const { t } = useTranslation();
  const node = useNode(nodeId).data;
  const query = useLinks({ all: false, nodeId });
  const [fault, setFault] = useState<string | null>(null);
  const [fresh, setFresh] = useState<string | null>(null);
  const links = query.data?.pages.flatMap((page) => page.items);
  const make = async (kind: Link['kind']) => {
    setFault(null);
    try {
      const link = await client.call('createLink', { body: { roots: [nodeId], kind } });
      const copied = await navigator.clipboard.writeText(addressOf(link)).then(
        () => true,
        () => false,
      );
      tell(copied ? t('links.made') : t('links.madeOnly'));
      setFresh(link.id);
    } catch (error) {
      setFault(explainLink(error));
    }
    linksChanged();
  };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('links.intro')}
      </Text>
      <Group gap="xs">
        <Button variant="light" leftSection={<IconLink size={16} />} onClick={() => void make('link')}>
          {t('links.make')}
        </Button>
        {node?.kind === 'folder' && (
          <Button
            variant="default"
            leftSection={<IconInbox size={16} />}
            onClick={() => void make('request')}
          >
            {t('links.makeRequest')}
          </Button>
        )}
      </Group>
      {fault !== null && (
        <Text c="red" size="sm" role="alert">
          {fault}
        </Text>
      )}
      {!links && !query.isError && <Skeleton height={70} />}
      {links?.map((link) => (
        <LinkCard key={link.id} link={link} folder={node?.kind === 'folder'} open={link.id === fresh} />
      ))}
    </Stack>
  );
}
