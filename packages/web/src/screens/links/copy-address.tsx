import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { Link } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { addressOf } from './link-address.ts';

interface Props {
  readonly link: Pick<Link, 'token'>;
  /** What the button is called, where there are several of them. */
  readonly name?: string;
  readonly boxed?: boolean;
}

export function CopyAddress({ link, name, boxed = false }: Props) {
  const { t } = useTranslation();
  const label = t('links.copyAddress');
  return (
    <CopyButton value={addressOf(link)}>
      {({ copied, copy }) => (
        <Tooltip label={label}>
          <ActionIcon
            size={boxed ? 36 : 'md'}
            variant={boxed ? 'default' : 'subtle'}
            aria-label={name ?? label}
            onClick={copy}
          >
            {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
