/** From what is told outside to what an account takes: nothing of it is trusted to be well-formed. */
import type { ConnectorSettings } from '@volvox/api';
import type { Profile } from './api.ts';

const loginPattern = /^[a-z0-9][a-z0-9._@-]*$/;
const longest = { id: 255, login: 64, name: 200, email: 254, attribute: 200, groups: 1000 };

/** Null where the essentials are missing. */
export function profileOf(
  told: {
    readonly id: unknown;
    readonly login: unknown;
    readonly name: unknown;
    readonly email: unknown;
    readonly groups: unknown;
    readonly attribute: (name: string) => unknown;
  },
  settings: Pick<ConnectorSettings, 'attributes'>,
): Profile | null {
  const externalId = textOf(told.id);
  if (externalId === '' || externalId.length > longest.id) return null;
  const email = textOf(told.email);
  const login = loginOf(textOf(told.login)) ?? loginOf(email.split('@')[0] ?? '');
  if (login === null) return null;
  const attributes = Object.entries(settings.attributes)
    .map(([ours, theirs]) => [ours, textOf(told.attribute(theirs)).slice(0, longest.attribute)] as const)
    .filter(([, value]) => value !== '');
  return {
    externalId,
    login,
    name: textOf(told.name).slice(0, longest.name) || login,
    email: /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= longest.email ? email : null,
    groups: listOf(told.groups).slice(0, longest.groups),
    attributes: Object.fromEntries(attributes),
  };
}

/** What fits of it; null where nothing does. */
export function loginOf(text: string): string | null {
  const login = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._@-]/g, '')
    .replace(/^[._@-]+/, '')
    .slice(0, longest.login);
  return loginPattern.test(login) ? login : null;
}

/** The group that the first fitting mapping names, and every role. */
export function mapped(
  settings: Pick<ConnectorSettings, 'groups'>,
  groups: readonly string[],
): { readonly groupId: string | null; readonly roleIds: ReadonlySet<string> } {
  const names = new Set(groups.flatMap((group) => [group.toLowerCase(), commonName(group)]));
  const fitting = settings.groups.filter((mapping) => names.has(mapping.external.toLowerCase()));
  return {
    groupId: fitting.find((mapping) => mapping.groupId !== null)?.groupId ?? null,
    roleIds: new Set(fitting.flatMap((mapping) => mapping.roleId ?? [])),
  };
}

/** `cn=staff,ou=groups,...` is also known as `staff`. */
function commonName(dn: string): string {
  return (/^cn=((?:\\.|[^,\\])+)/i.exec(dn)?.[1] ?? dn).toLowerCase();
}

function textOf(value: unknown): string {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  if (Buffer.isBuffer(one)) return one.toString('hex');
  const text = typeof one === 'string' || typeof one === 'number' ? String(one) : '';
  return text.replace(/\p{Cc}/gu, '').trim();
}

function listOf(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.map(textOf).filter((text) => text !== '');
}
