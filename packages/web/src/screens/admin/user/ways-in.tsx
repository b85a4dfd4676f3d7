import { Button, Group, Table, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { SignInState } from '@volvox/api';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { formatDate } from '../../../i18n/format.ts';
import { t as say } from '../../../i18n/index.ts';
import { passkeyText } from '../../account/passkey-text.ts';
import { change } from '../../teams/change.ts';

interface Props {
  readonly state: SignInState;
  readonly userId: string;
  /** Of the person. */
  readonly name: string;
}

/** Password and second factors of a user; each factor can be taken away by itself. */
export function WaysIn({ state, userId, name }: Props) {
  const { t } = useTranslation();
  const params = { id: userId };
  const ask = (factor: string, remove: () => Promise<unknown>) => () =>
    askRemoval({ userId, name, factor, remove });
  const { passkeys, recoveryCodes: codes } = state;
  return (
    <Table layout="fixed">
      <Table.Tbody>
        <Way title={t('userPage.password')}>
          <Text size="sm">{passwordText(state)}</Text>
        </Way>
        <Way title={t('userPage.totp')}>
          <Factor
            text={t(state.totp ? 'userPage.totpOn' : 'userPage.none')}
            factor={t('userPage.totp')}
            onRemove={state.totp && ask(t('userPage.totp'), () => client.call('removeUserTotp', { params }))}
          />
        </Way>
        <Way title={t('userPage.passkeys')}>
          {passkeys.length === 0 && <Text size="sm">{t('userPage.none')}</Text>}
          {passkeys.map((key) => (
            <Factor
              key={key.id}
              text={key.name}
              sub={passkeyText(key)}
              factor={key.name}
              onRemove={ask(key.name, () =>
                client.call('removeUserPasskey', { params: { ...params, passkeyId: key.id } }),
              )}
            />
          ))}
        </Way>
        <Way title={t('userPage.codes')}>
          <Factor
            text={codes > 0 ? t('userPage.codesLeft', { count: codes }) : t('userPage.none')}
            factor={t('userPage.codes')}
            onRemove={
              codes > 0 && ask(t('userPage.codes'), () => client.call('removeUserRecoveryCodes', { params }))
            }
          />
        </Way>
      </Table.Tbody>
    </Table>
  );
}

function Way({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" w={{ base: 110, sm: 180 }} style={{ verticalAlign: 'top' }}>
        {title}
      </Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}

function Factor({
  text,
  sub,
  factor,
  onRemove,
}: {
  readonly text: string;
  readonly sub?: string;
  readonly factor: string;
  readonly onRemove: (() => void) | false;
}) {
  const { t } = useTranslation();
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs" py={2}>
      <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Text size="sm">{text}</Text>
        {sub && (
          <Text size="xs" c="dimmed">
            {sub}
          </Text>
        )}
      </div>
      {onRemove && (
        <Button
          variant="default"
          size="compact-sm"
          style={{ flexShrink: 0 }}
          aria-label={t('userPage.removeFactorOf', { factor })}
          onClick={onRemove}
        >
          {t('userPage.removeFactor')}
        </Button>
      )}
    </Group>
  );
}

function askRemoval({
  userId,
  name,
  factor,
  remove,
}: {
  readonly userId: string;
  readonly name: string;
  readonly factor: string;
  remove(): Promise<unknown>;
}): void {
  modals.openConfirmModal({
    title: say('userPage.removeFactorTitle', { factor, name }),
    children: <Text size="sm">{say('userPage.removeFactorText', { name })}</Text>,
    labels: { confirm: say('userPage.removeFactor'), cancel: say('common.cancel') },
    confirmProps: { color: 'red' },
    onConfirm: () =>
      void change(remove(), say('userPage.factorRemoved', { factor, name }), [keys.user(userId)]),
  });
}

function passwordText({ hasPassword, mustChangePassword, passwordChangedAt }: SignInState): string {
  if (!hasPassword) return say('userPage.noPassword');
  return [
    passwordChangedAt !== null && say('userPage.passwordSince', { when: formatDate(passwordChangedAt) }),
    mustChangePassword && say('userPage.mustChange'),
  ]
    .filter((part) => part !== false)
    .join(' · ');
}
