import type { oidcTexts } from '../../i18n/en/oidc.ts';
import { t } from '../../i18n/index.ts';

/** A colon would part a namespace from a key. */
const texts: Readonly<Record<string, keyof typeof oidcTexts.consent.scopes>> = {
  openid: 'openid',
  offline_access: 'offlineAccess',
  profile: 'profile',
  email: 'email',
  groups: 'groups',
  'files:read': 'filesRead',
  'files:write': 'filesWrite',
  account: 'account',
  admin: 'admin',
};

/** What a scope allows, in words; one that this page does not know is shown as it is. */
export function scopeText(scope: string): string {
  const key = texts[scope];
  return key === undefined ? scope : t(`consent.scopes.${key}`);
}
