/** The oracle of the access rules: docs/reference/access.md read slowly, by names and lists, sharing nothing with rules.ts. */
import type { PermissionName } from '@volvox/api';
import fc from 'fast-check';

export interface Rule {
  readonly node: string;
  readonly role: string;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
}

export interface GivenGrant {
  readonly node: string;
  readonly role: string;
  readonly allow: readonly PermissionName[];
  /** Holds no longer from then on; null: has no end. */
  readonly until: number | null;
}

export interface GivenPolicy {
  readonly node: string;
  readonly role: string;
  readonly deny: readonly PermissionName[];
  readonly mode: 'unless' | 'when';
  /** Whether its conditions hold; null: can't be told. */
  readonly holds: boolean | null;
}

export interface World {
  /** Of every node, from the root down. */
  readonly chains: readonly (readonly string[])[];
  /** Of the user, weakest first. */
  readonly roles: readonly string[];
  readonly rules: readonly Rule[];
  readonly grants: readonly GivenGrant[];
  readonly policies: readonly GivenPolicy[];
  /** Roots of the link that the user came by, with what each leaves; null: came by none. */
  readonly link: ReadonlyMap<string, readonly PermissionName[]> | null;
}

/** The time in every world. */
export const worldTime = 10;

const names: readonly PermissionName[] = ['read', 'write', 'share', 'manage'];

export function allowedByOracle(world: World, chain: readonly string[]): readonly PermissionName[] {
  const given = names.filter((name) => isAllowed(world, chain, name) || isGranted(world, chain, name));
  const left = given.filter((name) => !isDenied(world, chain, name) && !isForbidden(world, chain, name));
  if (!left.includes('read')) return [];
  if (world.link !== null && !left.includes('share')) return [];
  const shown = left.filter((name) => isShown(world, chain, name));
  return shown.includes('read') ? shown : [];
}

function isDenied(world: World, chain: readonly string[], name: PermissionName): boolean {
  return world.rules.some(
    (rule) => chain.includes(rule.node) && world.roles.includes(rule.role) && rule.deny.includes(name),
  );
}

function isAllowed(world: World, chain: readonly string[], name: PermissionName): boolean {
  for (const node of [...chain].reverse()) {
    for (const role of [...world.roles].reverse()) {
      const rule = world.rules.find((each) => each.node === node && each.role === role);
      if (rule !== undefined && rule.allow.length > 0) return rule.allow.includes(name);
    }
  }
  return false;
}

function isGranted(world: World, chain: readonly string[], name: PermissionName): boolean {
  for (const grant of world.grants) {
    if (!chain.includes(grant.node) || !world.roles.includes(grant.role)) continue;
    if (grant.until !== null && grant.until <= worldTime) continue;
    if (grant.allow.includes(name)) return true;
  }
  return false;
}

function isForbidden(world: World, chain: readonly string[], name: PermissionName): boolean {
  for (const policy of world.policies) {
    if (!chain.includes(policy.node) || !world.roles.includes(policy.role)) continue;
    if (!policy.deny.includes(name)) continue;
    if (policy.holds === null) return true;
    if (policy.mode === 'when' && policy.holds) return true;
    if (policy.mode === 'unless' && !policy.holds) return true;
  }
  return false;
}

function isShown(world: World, chain: readonly string[], name: PermissionName): boolean {
  if (world.link === null) return true;
  for (const node of [...chain].reverse()) {
    const left = world.link.get(node);
    if (left !== undefined) return left.includes(name);
  }
  return false;
}

const permissions = fc.subarray([...names]);
const node = fc.nat(1000);
const role = fc.nat(6);

const parts = {
  parents: fc.array(node, { maxLength: 11 }),
  roles: fc.shuffledSubarray(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'], { maxLength: 5 }),
  rules: fc.array(fc.record({ node, role, allow: permissions, deny: permissions }), { maxLength: 20 }),
  grants: fc.array(
    fc.record({
      node,
      role,
      allow: permissions,
      until: fc.constantFrom(null, null, worldTime - 1, worldTime, worldTime + 1),
    }),
    { maxLength: 8 },
  ),
  policies: fc.array(
    fc.record({
      node,
      role,
      deny: permissions,
      mode: fc.constantFrom('unless' as const, 'when' as const),
      holds: fc.constantFrom(true, false, null),
    }),
    { maxLength: 4 },
  ),
  link: fc.option(fc.array(fc.tuple(node, permissions), { maxLength: 3 }), { freq: 3 }),
};

/** Trees of up to 12 nodes, users of up to 5 of 7 roles in any order, up to 20 rules, 8 grants, 4 policies, a third with a link. */
export const forest: fc.Arbitrary<World> = fc.record(parts).map((drawn) => {
  const chains: string[][] = [['n0']];
  for (const [index, parent] of drawn.parents.entries())
    chains.push([...(chains[parent % chains.length] ?? []), `n${index + 1}`]);
  const named = <T extends { readonly node: number; readonly role: number }>(given: T) => ({
    ...given,
    node: `n${given.node % chains.length}`,
    role: `r${given.role}`,
  });
  const unique = new Map<string, Rule>();
  for (const rule of drawn.rules.map(named)) {
    const deny = rule.deny.filter((name) => !rule.allow.includes(name));
    unique.set(`${rule.node} ${rule.role}`, { ...rule, deny });
  }
  return {
    chains,
    roles: drawn.roles,
    rules: [...unique.values()],
    grants: drawn.grants.map(named),
    policies: drawn.policies.map(named).filter((policy) => policy.deny.length > 0),
    link:
      drawn.link === null
        ? null
        : new Map(drawn.link.map(([at, left]) => [`n${at % chains.length}`, left] as const)),
  };
});
