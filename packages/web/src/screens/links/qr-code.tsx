import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { Link } from '@volvox/api';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { renderSVG } from 'uqr';
import { addressOf } from './link-address.ts';

/** The address as a picture, to be put on paper or a screen. */
export default function QrDialog({ link, onClose }: { readonly link: Link; onClose(): void }) {
  const { t } = useTranslation();
  const svg = useMemo(() => renderSVG(addressOf(link), { border: 2, pixelSize: 8 }), [link]);
  const source = `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
  const name = `qr-${link.token}`;
  const savePng = async () => {
    const picture = new Image();
    picture.src = source;
    await picture.decode();
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1024;
    const pen = canvas.getContext('2d');
    if (!pen) return;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(picture, 0, 0, 1024, 1024);
    save(canvas.toDataURL('image/png'), `${name}.png`);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('links.qr')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack align="center">
        <img src={source} alt={t('links.qrOf', { label: link.label })} width={260} height={260} />
        <Text size="sm" ta="center" style={{ overflowWrap: 'anywhere' }}>
          {addressOf(link)}
        </Text>
        <Group>
          <Button variant="default" onClick={() => save(source, `${name}.svg`)}>
            {t('links.saveSvg')}
          </Button>
          <Button variant="default" onClick={() => void savePng()}>
            {t('links.savePng')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function save(address: string, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
}
