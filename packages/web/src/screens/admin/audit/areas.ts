import { t } from '../../../i18n/index.ts';

export const areas = [
  ...([
    'auth',
    'factor',
    'password',
    'recovery',
    'session',
    'token',
    'impersonation',
    'user',
    'group',
    'role',
    'team',
  ] as const),
  ...([
    'guest',
    'directory',
    'data',
    'access',
    'policy',
    'share',
    'cell',
    'link',
    'request',
    'workspace',
    'node',
  ] as const),
  ...(['version', 'content', 'setting', 'mail', 'oidc', 'connector', 'scim', 'audit'] as const),
] as const;
type Area = (typeof areas)[number];

/** `auth.login` belongs to `auth`; what a newer server says stands for itself. */
export function areaName(kind: string): string {
  const area = kind.split('.')[0] ?? '';
  return areas.includes(area as Area) ? t(`audit.areas.${area as Area}`) : area;
}
