import { Badge, Button } from '@mantine/core';
import { IconKey, IconTerminal2 } from '@tabler/icons-react';
import type { Token } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatDateTime, formatRelative } from '../../i18n/format.ts';
import css from '../page.module.css';

/** One app password or token: what for, when it was used and when it ends. */
export function TokenRow({ token, onRevoke }: { readonly token: Token; onRevoke(): void }) {
  const { t } = useTranslation();
  const Sign = token.kind === 'app_password' ? IconKey : IconTerminal2;
  return (
    <li className={css.item}>
      <Sign size={22} stroke={1.6} />
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>
          {token.label}{' '}
          {token.scopes.map((scope) => (
            <Badge key={scope} size="xs" variant="default" tt="none" mr={4}>
              {scope}
            </Badge>
          ))}
        </div>
        <div className={css.sub}>
          {[
            t(`tokens.${token.kind}`),
            token.lastUsedAt === null
              ? t('tokens.unused')
              : t('tokens.used', { when: formatRelative(token.lastUsedAt) }),
            token.expiresAt === null
              ? t('tokens.noExpiry')
              : t('tokens.expires', { when: formatDateTime(token.expiresAt) }),
          ].join(' · ')}
        </div>
      </div>
      <Button variant="default" size="xs" onClick={onRevoke}>
        {t('tokens.revoke')}
      </Button>
    </li>
  );
}
