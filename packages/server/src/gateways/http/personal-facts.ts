/** What is kept of a person beside the files. A new kind of data that belongs to people gets a line in `kinds`, and one in its test. */
import { systemContext, type Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { namesOf } from '../../services/access/api.ts';
import type { Services } from '../contract.ts';

export interface Of {
  readonly services: Services;
  /** Who asks; names of files only as this one may see them: administrators have no right to know of them either. */
  readonly asker: Context;
  /** The person that it is about. */
  readonly asUser: Context;
  readonly userId: string;
  readonly own: boolean;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Of each list, newest first: more than that nobody reads. */
const most = 10_000;

/** By the name in the zip: what becomes JSON, or a file as it is; null where there is none. Nothing that opens anything. */
const kinds: Readonly<Record<string, (of: Of) => Promise<unknown>>> = {
  'profile.json': ({ services, userId }) => services.identity.user(userId),
  'avatar.webp': avatar,
  'sign-in.json': ({ services, userId }) => services.identity.signIn.stateOf(systemContext(), userId),
  'sessions.json': ({ services, asUser }) => services.identity.sessions(asUser),
  'devices.json': ({ services, userId }) => services.identity.signIn.devicesOf(userId),
  'tokens.json': ({ services, asUser }) => services.identity.tokens(asUser),
  'apps.json': ({ services, asUser }) => services.oidc.connections(asUser),
  'linked-accounts.json': ({ services, userId }) => services.connectors.linksOf(userId),
  'roles.json': ({ services, userId }) => services.identity.roles.ofUser(systemContext(), userId),
  'teams.json': ({ services, asUser }) => services.identity.teams.list(asUser),
  'cells.json': ({ services, asUser }) => services.collaboration.cells(asUser),
  'guests.json': ({ services, asUser }) => services.identity.guests.list(asUser),
  'mail-wishes.json': ({ services, asUser }) => services.mail.wishes(asUser),
  'mail-waiting.json': mailWaiting,
  'uploads.json': uploads,
  'received.json': received,
  'given.json': given,
  'links.json': links,
  'activity.json': ({ services, asker, userId }) =>
    everyPage((at) => services.activity.list(asker, { user: userId }, 500, at)),
};

export async function personalFacts(of: Of): Promise<readonly (readonly [string, Uint8Array])[]> {
  const facts: [string, Uint8Array][] = [];
  for (const [name, read] of Object.entries(kinds)) {
    const value = await read(of);
    if (value === null) continue;
    facts.push([name, value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value, null, 2))]);
  }
  return facts;
}

async function avatar({ services, userId }: Of): Promise<Uint8Array | null> {
  try {
    return (await services.identity.avatars.get(userId)).image;
  } catch (error) {
    if (isAppError(error, 'not_found')) return null;
    throw error;
  }
}

async function mailWaiting({ services, userId }: Of): Promise<unknown> {
  const { email } = await services.identity.user(userId);
  return email === null ? [] : services.mail.waitingFor(email);
}

async function uploads({ services, asUser, own }: Of): Promise<unknown> {
  return (await services.uploads.unfinished(asUser)).map(({ name, metadata: _named, ...upload }) => ({
    ...upload,
    ...(own ? { name } : {}),
  }));
}

async function received({ services, asUser }: Of): Promise<unknown> {
  const grants = await services.access.grantsFor(asUser.principal);
  return grants.map((grant) => ({
    nodeId: grant.nodeId,
    permissions: namesOf(grant.allow),
    by: grant.source,
    expiresAt: grant.expiresAt,
  }));
}

async function given({ services, asUser, own }: Of): Promise<unknown> {
  const shares = await everyPage((at) =>
    services.collaboration.givenShares(asUser, { limit: 500, ...(at === undefined ? {} : { cursor: at }) }),
  );
  return shares.map(({ located, ...share }) => ({
    ...share,
    ...(own ? { name: located?.node.name ?? null } : {}),
  }));
}

/** Without their addresses: who has one is in. */
async function links({ services, asker, userId }: Of): Promise<unknown> {
  const { sharing } = services;
  const all = await everyPage((at) =>
    sharing.list(asker, { ownerId: userId, limit: 500, ...(at === undefined ? {} : { cursor: at }) }, true),
  );
  return all.map(({ token: _token, ...link }) => link);
}

async function everyPage<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; items.length < most;) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.next === null) break;
    cursor = page.next;
  }
  return items;
}
