import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Principal, ScopeName } from '../../kernel/context.ts';
import { bitsOf, MANAGE, namesOf, type Permissions } from './api.ts';
import type { Situation } from './conditions.ts';
import { deniedBelow } from './policies-below.ts';
import { deniedBy, policiesOn, type BoundPolicy, type PolicyMap } from './policies.ts';
import { compileRules, narrow, settle, settleChildren, walk, withoutGrants, type RuleMap } from './rules.ts';
import { allowedByOracle, forest, worldTime, type World } from './testing.ts';

const letters = { r: 'read', w: 'write', s: 'share', m: 'manage' } as const;
type Letter = keyof typeof letters;

function namesOfLetters(text: string) {
  return [...text].map((letter) => letters[letter as Letter]);
}

const team: Omit<World, 'chains'> = {
  roles: ['everyone', 'team', 'own'],
  rules: [],
  grants: [],
  policies: [],
  link: null,
};

/** The language of the table: docs/reference/access.md says what a line means. */
function parseCase(text: string): World {
  const world = { ...team, rules: [...team.rules], grants: [...team.grants], policies: [...team.policies] };
  const link = new Map<string, World['rules'][number]['allow']>();
  for (const item of text.split(';').filter((part) => part.trim() !== '')) {
    const [node = '', role = '', ...rest] = item.trim().split(/\s+/);
    const side = (sign: string) => namesOfLetters(rest.find((part) => part.startsWith(sign))?.slice(1) ?? '');
    const [kind] = rest;
    const until = rest.includes('until') ? Number(rest.at(-1)) : null;
    if (role === 'link') link.set(node, side('+'));
    else if (kind === 'grant') world.grants.push({ node, role, allow: side('+'), until });
    else if (kind === 'unless' || kind === 'when') {
      const holds = rest.includes('holds') ? true : rest.includes('unknown') ? null : false;
      world.policies.push({ node, role, deny: side('-'), mode: kind, holds });
    } else world.rules.push({ node, role, allow: side('+'), deny: side('-') });
  }
  const chains = [['root'], ['root', 'a'], ['root', 'a', 'b']];
  return { ...world, chains, link: link.size === 0 ? null : link };
}

const reference = readFileSync(new URL('../../../../../docs/reference/access.md', import.meta.url), 'utf8');

/** The lines of the table below a heading. */
function tableOf(heading: string): readonly (readonly string[])[] {
  const [, text = ''] = reference.split(`\n## ${heading}\n`);
  const [section = ''] = text.split('\n## ');
  return section
    .split('\n')
    .filter((line) => /^\| (?!case|---)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const cases = tableOf('Cases');
const settings = tableOf('Who sets rules');

test('the reference has its tables of cases', () => {
  assert.ok(cases.length >= 40);
  assert.ok(settings.length >= 8);
});

for (const [name = '', given = '', node = '', may = ''] of cases) {
  test(`reference: ${name}`, async () => {
    const world = parseCase(given);
    const chain = ['root', 'a', 'b'].slice(0, ['root', 'a', 'b'].indexOf(node) + 1);
    const expected = namesOf(bitsOf(namesOfLetters(may)));
    assert.deepEqual(namesOf(decide(world, chain)), expected);
    assert.deepEqual(allowedByOracle(world, chain), expected, 'the oracle');
  });
}

for (const [name = '', given = '', node = '', sets = ''] of settings) {
  test(`who sets rules: ${name}`, () => {
    const world = parseCase(given);
    const chain = ['root', 'a', 'b'].slice(0, ['root', 'a', 'b'].indexOf(node) + 1);
    const bits = settle(withoutGrants(walk(rulesOf(world), chain)));
    assert.equal((bits & MANAGE) !== 0 ? 'yes' : 'no', sets);
  });
}

function rulesOf(world: World): RuleMap {
  const rules = world.rules.map((rule) => ({
    node_id: rule.node,
    role_id: rule.role,
    allow: bitsOf(rule.allow),
    deny: bitsOf(rule.deny),
  }));
  const grants = world.grants
    .filter(({ until }) => until === null || until > worldTime)
    .map((grant) => ({
      node_id: grant.node,
      role_id: grant.role,
      allow: bitsOf(grant.allow),
      deny: 0,
      is_grant: 1,
    }));
  return compileRules(world.roles, [...rules, ...grants]);
}

function policiesOf(world: World): PolicyMap {
  const bound = world.policies.map((policy): BoundPolicy => ({
    nodeId: policy.node,
    roleId: policy.role,
    policyId: '',
    name: '',
    deny: bitsOf(policy.deny),
    mode: policy.mode,
    conditions: { property: null, holds: () => policy.holds },
  }));
  return Map.groupBy(bound, ({ nodeId }) => nodeId);
}

const situation: Situation = { circumstances: null, at: worldTime, property: () => [] };
type Asker = Pick<Principal, 'scopes' | 'confined'>;

function askerOf(world: World, scopes: readonly ScopeName[] = ['files:write']): Asker {
  if (world.link === null) return { scopes };
  const roots = new Map([...world.link].map(([node, left]) => [node, bitsOf(left)]));
  return { scopes, confined: { linkId: 'l', visitId: '', ownerId: 'o', roots } };
}

function decide(world: World, chain: readonly string[], asker = askerOf(world)): Permissions {
  const denied = deniedBy(policiesOn(policiesOf(world), world.roles, chain), situation);
  return narrow(asker, chain, settle(walk(rulesOf(world), chain), denied));
}

test('agrees with the oracle on random trees, roles, rules, grants, policies and links', () => {
  fc.assert(
    fc.property(forest, (world) => {
      for (const chain of world.chains)
        assert.deepEqual(namesOf(decide(world, chain)), allowedByOracle(world, chain));
    }),
    { numRuns: 5000 },
  );
});

const scopeNames: ScopeName[] = ['files:read', 'files:write', 'files:drop', 'account'];

test('children decided together get what each gets alone', async () => {
  await fc.assert(
    fc.asyncProperty(forest, fc.subarray(scopeNames), async (world, scopes) => {
      const asker = askerOf(world, scopes);
      for (const chain of world.chains) {
        const children = world.chains.filter(
          (other) => other.length === chain.length + 1 && other.at(-2) === chain.at(-1),
        );
        const childIds = children.map((child) => child.at(-1) ?? '');
        const denied = await deniedBelow({
          all: policiesOf(world),
          roles: world.roles,
          chain,
          childIds,
          circumstances: null,
          at: worldTime,
          properties: async () => null,
        });
        const alone = children.map((child) => decide(world, child, asker));
        assert.deepEqual(settleChildren(rulesOf(world), chain, childIds, asker, denied), alone);
      }
    }),
    { numRuns: 2000 },
  );
});

test('no order of rows changes a decision', () => {
  fc.assert(
    fc.property(forest, (world) => {
      const back = {
        ...world,
        rules: world.rules.toReversed(),
        grants: world.grants.toReversed(),
        policies: world.policies.toReversed(),
      };
      for (const chain of world.chains) assert.equal(decide(world, chain), decide(back, chain));
    }),
    { numRuns: 300 },
  );
});

test('a grant never takes away, a policy or a link never adds', () => {
  fc.assert(
    fc.property(forest, (world) => {
      for (const chain of world.chains) {
        const bare = decide({ ...world, grants: [], policies: [], link: null }, chain);
        const shared = decide({ ...world, policies: [], link: null }, chain);
        const limited = decide(world, chain);
        assert.equal(shared & bare, bare);
        assert.equal(limited & ~shared, 0);
      }
    }),
    { numRuns: 1000 },
  );
});
