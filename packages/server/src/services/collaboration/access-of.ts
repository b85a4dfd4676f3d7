/** Who may do what with a node in the end, and by what. */
import type { EffectiveAccess } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { bitsOf, namesOf, SHARE, type Grant } from '../access/api.ts';
import type { Subject } from '../identity/api.ts';
import type { Page, PageQuery } from './api.ts';
import type { CollaborationDeps } from './core.ts';
import { shownSubject } from './present.ts';
import { readablePlaces, type PlaceOf } from './share-lists.ts';

/** What one role has at one place of the way. */
interface Spoken {
  readonly roleId: string;
  readonly nodeId: string;
  readonly kind: EffectiveAccess['sources'][number]['kind'];
  readonly permissions: number;
  readonly expiresAt: number | null;
}

interface Asked {
  readonly chain: readonly string[];
  readonly spoken: readonly Spoken[];
  readonly subjects: ReadonlyMap<string, Subject>;
  readonly places: ReadonlyMap<string, PlaceOf>;
}

export async function accessOf(
  deps: CollaborationDeps,
  context: Context,
  nodeId: string,
  query: PageQuery,
): Promise<Page<EffectiveAccess>> {
  const located = await deps.tree.locate(context, nodeId, SHARE);
  const { chain } = located;
  const spoken = [...(await rulesOn(deps, chain)), ...(await deps.access.grantsAt(chain)).map(spokenGrant)];
  const roleIds = [...new Set(spoken.map((one) => one.roleId))];
  const subjects = await deps.identity.subjects(null, roleIds);
  const places = await readablePlaces(deps, context, located);
  const asked: Asked = { chain, spoken, subjects, places };
  const all = [...subjects.values()].sort(inOrder);
  const from = offsetOf(query.cursor);
  const page = all.slice(from, from + query.limit);
  const items: EffectiveAccess[] = [];
  for (const subject of page) items.push(await effective(deps, context, asked, subject));
  return { items, next: from + query.limit < all.length ? String(from + query.limit) : null };
}

async function rulesOn(deps: CollaborationDeps, chain: readonly string[]): Promise<readonly Spoken[]> {
  const rules = (await Promise.all(chain.map((id) => deps.access.rulesOf(id)))).flat();
  return rules.flatMap(({ roleId, nodeId, allow, deny }) => {
    const base = { roleId, nodeId, expiresAt: null };
    const spoken: Spoken[] = [];
    if (allow.length > 0) spoken.push({ ...base, kind: 'rule', permissions: bitsOf(allow) });
    if (deny.length > 0) spoken.push({ ...base, kind: 'denial', permissions: bitsOf(deny) });
    return spoken;
  });
}

function spokenGrant({ roleId, nodeId, source, allow, expiresAt }: Grant): Spoken {
  return { roleId, nodeId, kind: source, permissions: allow, expiresAt };
}

async function effective(
  deps: CollaborationDeps,
  context: Context,
  { chain, spoken, subjects, places }: Asked,
  subject: Subject,
): Promise<EffectiveAccess> {
  const principal = await principalOf(deps, context, subject);
  const roles = new Set(principal.roles);
  return {
    subject: shownSubject(subject),
    permissions: namesOf(await deps.access.decide(principal, chain)),
    sources: spoken
      .filter((one) => roles.has(one.roleId))
      .map(({ roleId, nodeId, kind, permissions, expiresAt }) => {
        const by = roleId === subject.roleId ? undefined : subjects.get(roleId);
        const via = by === undefined ? null : shownSubject(by);
        return { kind, permissions: namesOf(permissions), via, on: places.get(nodeId) ?? null, expiresAt };
      }),
  };
}

/** A person with everything they are; of groups, teams and roles, somebody who is nothing else. */
async function principalOf(
  { identity, access }: CollaborationDeps,
  { principal }: Context,
  subject: Subject,
): Promise<Principal> {
  if (subject.kind === 'user' || subject.kind === 'guest') return identity.principalOf(subject.id);
  return {
    userId: subject.roleId,
    login: '',
    admin: false,
    roles: [subject.roleId],
    scopes: ['files:read', 'files:write'],
    via: 'system',
    sessionId: null,
    tokenId: null,
    epoch: Math.max(principal.epoch, access.lastEpoch()),
  };
}

const ranks = { user: 0, guest: 1, team: 2, group: 3, role: 4 } as const;

function inOrder(a: Subject, b: Subject): number {
  return ranks[a.kind] - ranks[b.kind] || a.name.localeCompare(b.name) || (a.roleId < b.roleId ? -1 : 1);
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,6}$/.test(cursor))
    throw new AppError('invalid_input', 'the cursor does not belong to this list');
  return Number(cursor);
}
