/** Users as SCIM shows them and takes them. Names and enterprise attributes that we have no field for become attributes of the user. */
import type { User } from '@volvox/api';
import type { NewUser } from '../../services/identity/api.ts';
import { folded } from './folded.ts';
import { ScimError, urn, type Json } from './wire.ts';

const plain = ['title', 'userType'] as const;
const names = ['givenName', 'familyName'] as const;
const enterprise = ['employeeNumber', 'costCenter', 'organization', 'division', 'department'] as const;
const ours: ReadonlySet<string> = new Set([...plain, ...names, ...enterprise]);

export function resourceOf(user: User, base: string): Json {
  const { attributes } = user;
  const picked = (keys: readonly string[]): Json =>
    Object.fromEntries(
      keys.flatMap((key) => (attributes[key] === undefined ? [] : [[key, attributes[key]]])),
    );
  const extension = picked(enterprise);
  const extended = Object.keys(extension).length > 0;
  return {
    schemas: extended ? [urn.user, urn.enterprise] : [urn.user],
    id: user.id,
    ...(user.externalId === null ? {} : { externalId: user.externalId }),
    userName: user.login,
    displayName: user.displayName,
    name: { formatted: user.displayName, ...picked(names) },
    ...(user.email === null ? {} : { emails: [{ value: user.email, type: 'work', primary: true }] }),
    active: !user.disabled,
    ...(user.locale === null ? {} : { locale: user.locale, preferredLanguage: user.locale }),
    ...picked(plain),
    ...(extended ? { [urn.enterprise]: extension } : {}),
    meta: {
      resourceType: 'User',
      created: new Date(user.createdAt).toISOString(),
      location: `${base}/Users/${user.id}`,
    },
  };
}

export interface Wish extends Pick<
  NewUser,
  'displayName' | 'email' | 'attributes' | 'externalId' | 'locale'
> {
  readonly login: string;
  readonly password?: string;
  /** Absent: as it is. */
  readonly disabled?: boolean;
}

/** What a whole resource asks for. `attributes` that are not SCIM's stay. @throws ScimError invalidValue */
export function wishOf(resource: Json, present: Readonly<Record<string, string>> = {}): Wish {
  const body = folded(resource);
  const name = folded(body['name']);
  const more = folded(body[urn.enterprise.toLowerCase()]);
  const login = text(body['username']);
  if (login === null) throw new ScimError(400, 'invalidValue', 'userName is needed');
  const composed = [text(name['givenname']), text(name['familyname'])]
    .filter((part) => part !== null)
    .join(' ');
  const password = text(body['password']);
  const found = [
    ...plain.map((key) => [key, text(body[key.toLowerCase()])] as const),
    ...names.map((key) => [key, text(name[key.toLowerCase()])] as const),
    ...enterprise.map((key) => [key, text(more[key.toLowerCase()])] as const),
  ];
  const kept = Object.entries(present).filter(([key]) => !ours.has(key));
  return {
    login,
    displayName: text(body['displayname']) ?? text(name['formatted']) ?? composed,
    email: mailOf(body['emails']),
    externalId: text(body['externalid']),
    locale: localeOf(text(body['preferredlanguage']) ?? text(body['locale'])),
    ...(body['active'] === undefined ? {} : { disabled: !isTrue(body['active']) }),
    attributes: Object.fromEntries([...kept, ...found.filter((pair) => pair[1] !== null)] as [
      string,
      string,
    ][]),
    ...(password === null ? {} : { password }),
  };
}

function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return null;
  const trimmed = value.trim();
  return trimmed === '' ? null : trimmed;
}

/** Entra sends "True" and "False". */
function isTrue(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw new ScimError(400, 'invalidValue', 'active is true or false');
}

/** The primary one, else the one for work, else the first. */
function mailOf(value: unknown): string | null {
  if (!Array.isArray(value)) return null;
  const mails = value.map(folded);
  const best =
    mails.find((mail) => mail['primary'] === true) ??
    mails.find((mail) => mail['type'] === 'work') ??
    mails[0];
  return best === undefined ? null : text(best['value']);
}

/** `de-CH` is German; languages that we don't speak are left to the browser. */
function localeOf(tag: string | null): string | null {
  const language = tag?.split(/[-_]/, 1)[0]?.toLowerCase() ?? '';
  return ['en', 'de', 'fr'].includes(language) ? language : null;
}
