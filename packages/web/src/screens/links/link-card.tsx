import { ActionIcon, Badge, Button, Collapse, Group, TextInput, Tooltip } from '@mantine/core';
import { IconQrcode, IconSettings } from '@tabler/icons-react';
import type { Link } from '@volvox/api';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyAddress } from './copy-address.tsx';
import { Facts } from './facts.tsx';
import { addressOf } from './link-address.ts';
import { LinkForm } from './link-form.tsx';
import { RevokeButton } from './revoke.tsx';
import css from '../page.module.css';

const QrDialog = lazy(() => import('./qr-code.tsx'));

interface Props {
  readonly link: Link;
  /** Something can be uploaded into it. */
  readonly folder: boolean;
  readonly open?: boolean;
}

/** One link: its address, what it is, and behind a button everything that can be set. */
export function LinkCard({ link, folder, open: first = false }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(first);
  const [qr, setQr] = useState(false);
  return (
    <div role="group" className={css.card} aria-label={link.label} style={{ marginBottom: 0 }}>
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <TextInput
          readOnly
          style={{ flex: 1 }}
          label={t('links.address')}
          value={addressOf(link)}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyAddress link={link} boxed />
        <Tooltip label={t('links.qr')}>
          <ActionIcon size={36} variant="default" aria-label={t('links.qr')} onClick={() => setQr(true)}>
            <IconQrcode size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
      <Group justify="space-between" mt="xs" gap="xs">
        <div className={css.sub} style={{ whiteSpace: 'normal' }}>
          {link.state !== 'active' && (
            <Badge size="sm" tt="none" variant="default" mr={6}>
              {t(`links.state.${link.state}`)}
            </Badge>
          )}
          <Facts link={link} />
        </div>
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconSettings size={15} />}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {t('links.settings')}
          </Button>
          <RevokeButton links={[link]} compact />
        </Group>
      </Group>
      <Collapse expanded={open}>{open && <LinkForm link={link} folder={folder} />}</Collapse>
      {qr && (
        <Suspense>
          <QrDialog link={link} onClose={() => setQr(false)} />
        </Suspense>
      )}
    </div>
  );
}
