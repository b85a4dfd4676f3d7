import type { Connector, ConnectorInput, ConnectorSettings } from '@volvox/api';

/** What the form of a connection holds: its settings as they are edited. */
export type Draft = Omit<ConnectorInput, 'secret'>;
export type OidcDraft = Extract<ConnectorSettings, { kind: 'oidc' }>;
export type LdapDraft = Extract<ConnectorSettings, { kind: 'ldap' }>;

const common = { createUsers: true, attributes: {}, groups: [] };

const oidc: OidcDraft = {
  kind: 'oidc',
  issuer: '',
  clientId: '',
  scopes: ['openid', 'profile', 'email'],
  loginClaim: 'preferred_username',
  nameClaim: 'name',
  emailClaim: 'email',
  groupsClaim: 'groups',
  secondStep: true,
  linking: false,
  ...common,
};

const ldap: LdapDraft = {
  kind: 'ldap',
  url: 'ldap://',
  startTls: true,
  ca: null,
  bindDn: '',
  base: '',
  userFilter: '(&(objectClass=inetOrgPerson)(uid={login}))',
  listFilter: '(objectClass=inetOrgPerson)',
  idAttribute: 'entryUUID',
  loginAttribute: 'uid',
  nameAttribute: 'cn',
  emailAttribute: 'mail',
  memberOfAttribute: 'memberOf',
  groupBase: '',
  groupFilter: '(member={dn})',
  syncHours: 24,
  disableMissing: true,
  ...common,
};

export function draftOf(kind: 'oidc' | 'ldap', connector: Connector | null): Draft {
  if (connector === null)
    return { name: '', enabled: true, position: 1, settings: kind === 'oidc' ? oidc : ldap };
  const { name, enabled, position, settings } = connector;
  return { name, enabled, position, settings };
}

/** `ours = theirs`, one a line. */
export function attributeLines(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([ours, theirs]) => `${ours} = ${theirs}`)
    .join('\n');
}

export function attributesOf(lines: string): Record<string, string> {
  const pairs = lines.split('\n').map((line) => line.split('=', 2).map((word) => word.trim()));
  return Object.fromEntries(
    pairs.flatMap(([ours = '', theirs = '']) => (ours === '' || theirs === '' ? [] : [[ours, theirs]])),
  );
}
