/** The oracle of the access rules: docs/reference/access.md read slowly, by names and lists, sharing nothing with rules.ts. */
import type { PermissionName } from '@volvox/api';
import fc from 'fast-check';

export interface Rule {
  readonly node: string;
  readonly role: string;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
}

export interface World {
  /** Of every node, from the root down. */
  readonly chains: readonly (readonly string[])[];
  /** Of the user, weakest first. */
  readonly roles: readonly string[];
  readonly rules: readonly Rule[];
}

const names: readonly PermissionName[] = ['read', 'write', 'share', 'manage'];

export function allowedByOracle(world: World, chain: readonly string[]): readonly PermissionName[] {
  const allowed = names.filter((name) => isAllowed(world, chain, name) && !isDenied(world, chain, name));
  return allowed.includes('read') ? allowed : [];
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

const permissions = fc.subarray([...names]);

/** Trees of up to 12 nodes, users of up to 5 of 7 roles in any order, up to 20 rules. */
export const forest: fc.Arbitrary<World> = fc
  .record({
    parents: fc.array(fc.nat(1000), { maxLength: 11 }),
    roles: fc.shuffledSubarray(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'], { maxLength: 5 }),
    rules: fc.array(
      fc.record({ node: fc.nat(1000), role: fc.nat(6), allow: permissions, deny: permissions }),
      { maxLength: 20 },
    ),
  })
  .map(({ parents, roles, rules }) => {
    const chains: string[][] = [['n0']];
    for (const [index, parent] of parents.entries()) {
      chains.push([...(chains[parent % chains.length] ?? []), `n${index + 1}`]);
    }
    const unique = new Map<string, Rule>();
    for (const rule of rules) {
      const node = `n${rule.node % chains.length}`;
      const deny = rule.deny.filter((name) => !rule.allow.includes(name));
      unique.set(`${node} r${rule.role}`, { node, role: `r${rule.role}`, allow: rule.allow, deny });
    }
    return { chains, roles, rules: [...unique.values()] };
  });
