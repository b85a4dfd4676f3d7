import { Badge, Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { IconDeviceMobile, IconListNumbers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { formatDate } from '../../i18n/format.ts';
import { Card } from '../page.tsx';
import css from '../page.module.css';
import { tellFactorError } from './factor-errors.ts';
import { RecoveryCodes } from './recovery-codes.tsx';
import { TotpSetup, type TotpOffer } from './totp-setup.tsx';

export function useFactors() {
  return useQuery({
    queryKey: keys.factors,
    queryFn: ({ signal }) => client.call('listFactors', { signal }),
  }).data;
}

export const refreshFactors = () => void queryClient.invalidateQueries({ queryKey: keys.factors });

type Dialog =
  | { readonly kind: 'totp'; readonly offer: TotpOffer }
  | { readonly kind: 'codes'; readonly codes: readonly string[] };

/** Authenticator app and recovery codes. */
export function FactorsCard() {
  const { t } = useTranslation();
  const factors = useFactors();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      tellFactorError(error);
    }
    refreshFactors();
  };
  const begin = () => attempt(async () => setDialog({ kind: 'totp', offer: await client.call('beginTotp') }));
  const confirmed = (codes: readonly string[] | null) => {
    tell(t('factors.totpOn'));
    setDialog(codes ? { kind: 'codes', codes } : null);
    refreshFactors();
  };
  const remove = () =>
    attempt(async () => {
      await client.call('removeTotp');
      tell(t('factors.totpRemoved'));
    });
  const renew = () =>
    attempt(async () => {
      setDialog({ kind: 'codes', codes: (await client.call('newRecoveryCodes')).recoveryCodes });
    });
  const on = factors !== undefined && (factors.totp !== null || factors.passkeys.length > 0);
  return (
    <Card
      title={t('factors.title')}
      text={t('factors.text')}
      tools={
        factors && (
          <Badge variant="light" color={on ? 'volvox' : 'gray'}>
            {on ? t('factors.on') : t('factors.off')}
          </Badge>
        )
      }
    >
      {!factors && <Skeleton height={112} />}
      {factors && (
        <ul className={css.list}>
          <li className={css.item}>
            <IconDeviceMobile size={22} stroke={1.6} />
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>{t('factors.totp')}</div>
              <div className={css.sub} style={{ whiteSpace: 'normal' }}>
                {factors.totp
                  ? t('factors.totpSince', { when: formatDate(factors.totp.since) })
                  : t('factors.totpText')}
              </div>
            </div>
            {factors.totp ? (
              <Button variant="default" size="xs" onClick={() => askRemoveTotp(() => void remove())}>
                {t('factors.remove')}
              </Button>
            ) : (
              <Button variant="default" size="xs" onClick={() => void begin()}>
                {t('factors.totpAdd')}
              </Button>
            )}
          </li>
          {on && <RecoveryItem left={factors.recoveryCodes.left} onRenew={() => void renew()} />}
        </ul>
      )}
      {factors && (
        <Text size="xs" c="dimmed" mt="xs">
          {factors.required ? `${t('factors.required')} ${t('factors.appHint')}` : t('factors.appHint')}
        </Text>
      )}
      <FactorDialog dialog={dialog} onConfirmed={confirmed} onClose={() => setDialog(null)} />
    </Card>
  );

  function askRemoveTotp(onConfirm: () => void) {
    modals.openConfirmModal({
      title: t('factors.totpRemoveTitle'),
      children: <Text size="sm">{t('factors.removeText')}</Text>,
      labels: { confirm: t('factors.remove'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm,
    });
  }
}

function RecoveryItem({ left, onRenew }: { readonly left: number; onRenew(): void }) {
  const { t } = useTranslation();
  const ask = () =>
    modals.openConfirmModal({
      title: t('factors.recoveryNewTitle'),
      children: <Text size="sm">{t('factors.recoveryNewText')}</Text>,
      labels: { confirm: t('factors.recoveryNew'), cancel: t('common.cancel') },
      onConfirm: onRenew,
    });
  return (
    <li className={css.item}>
      <IconListNumbers size={22} stroke={1.6} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {t('factors.recovery')}{' '}
          <Badge size="xs" variant="light" color={left < 3 ? 'orange' : 'gray'}>
            {t('factors.recoveryLeft', { count: left })}
          </Badge>
        </div>
        <div className={css.sub} style={{ whiteSpace: 'normal' }}>
          {t('factors.recoveryText')}
        </div>
      </div>
      <Button variant="default" size="xs" onClick={ask}>
        {t('factors.recoveryNew')}
      </Button>
    </li>
  );
}

function FactorDialog({
  dialog,
  onConfirmed,
  onClose,
}: {
  readonly dialog: Dialog | null;
  onConfirmed(codes: readonly string[] | null): void;
  onClose(): void;
}) {
  const { t } = useTranslation();
  if (!dialog) return null;
  const codes = dialog.kind === 'codes';
  return (
    <Modal
      opened
      onClose={onClose}
      title={codes ? t('factors.recoveryTitle') : t('factors.totp')}
      closeOnClickOutside={false}
      closeOnEscape={!codes}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        {dialog.kind === 'codes' ? (
          <RecoveryCodes codes={dialog.codes} leave={t('factors.kept')} onClose={onClose} />
        ) : (
          <TotpSetup offer={dialog.offer} onDone={onConfirmed} />
        )}
        {!codes && (
          <Group justify="flex-end">
            <Button variant="subtle" color="gray" onClick={onClose}>
              {t('common.cancel')}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  );
}
