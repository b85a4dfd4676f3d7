import { Avatar, Button, FileButton, Group } from '@mantine/core';
import type { User } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tellError } from '../../api/notify.tsx';
import { useSession } from '../../session/store.ts';

const side = 256;

/** The own picture: cut to a square and made small here, so that any photo will do. */
export function AvatarField({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const change = async (work: () => Promise<User>) => {
    setBusy(true);
    try {
      const next = await work();
      const { me, setMe } = useSession.getState();
      if (me) setMe({ ...me, user: next });
    } catch (error) {
      tellError(error);
    }
    setBusy(false);
  };
  const set = (file: File | null) =>
    file && void change(async () => client.call('setAvatar', { body: { image: await square(file) } }));
  const source = user.avatar
    ? client.url('getAvatar', { params: { id: user.id }, query: { v: user.avatar } })
    : null;
  return (
    <Group mb="md">
      <Avatar src={source} name={user.displayName} alt="" size={64} radius="md" color="volvox" />
      <FileButton accept="image/png,image/jpeg,image/webp" onChange={set}>
        {(button) => (
          <Button {...button} variant="default" size="xs" loading={busy}>
            {t('account.avatarChoose')}
          </Button>
        )}
      </FileButton>
      {user.avatar && (
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          disabled={busy}
          onClick={() => void change(() => client.call('removeAvatar'))}
        >
          {t('account.avatarRemove')}
        </Button>
      )}
    </Group>
  );
}

/** The middle of a picture as JPEG in base64, `side` pixels wide and high. */
async function square(file: File): Promise<string> {
  const picture = await createImageBitmap(file);
  const cut = Math.min(picture.width, picture.height);
  const canvas = new OffscreenCanvas(side, side);
  const left = (picture.width - cut) / 2;
  const top = (picture.height - cut) / 2;
  canvas.getContext('2d')?.drawImage(picture, left, top, cut, cut, 0, 0, side, side);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
