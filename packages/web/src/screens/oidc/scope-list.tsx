import { List, ThemeIcon } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { oidcTexts } from '../../i18n/en/oidc.ts';

type Known = keyof typeof oidcTexts.consent.scopes;

/** What an app asks for, in words; a scope that this page does not know is shown as it is. */
export function ScopeList({ scopes }: { readonly scopes: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <List
      spacing="xs"
      center
      icon={
        <ThemeIcon size={22} radius="xl" variant="light" aria-hidden="true">
          <IconCheck size={14} />
        </ThemeIcon>
      }
    >
      {scopes.map((scope) => (
        <List.Item key={scope}>{isKnown(scope) ? t(`consent.scopes.${scope}`) : scope}</List.Item>
      ))}
    </List>
  );
}

const known: readonly string[] = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'groups',
  'files:read',
  'files:write',
  'account',
  'admin',
] satisfies readonly Known[];

function isKnown(scope: string): scope is Known {
  return known.includes(scope);
}
