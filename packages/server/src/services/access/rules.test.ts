import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ScopeName } from '../../kernel/context.ts';
import { bitsOf, namesOf } from './api.ts';
import { allowedByOracle, forest, type Rule, type World } from './testing.ts';
import { compileRules, narrow, settle, settleChildren, walk } from './rules.ts';

const letters = { r: 'read', w: 'write', s: 'share', m: 'manage' } as const;
type Letter = keyof typeof letters;
const scopes: ScopeName[] = ['files:read', 'files:write', 'files:drop', 'account'];

function bitsOfLetters(text: string): number {
  return bitsOf([...text].map((letter) => letters[letter as Letter]));
}

function parseRule(text: string): { node_id: string; role_id: string; allow: number; deny: number } {
  const [node_id = '', role_id = '', ...parts] = text.trim().split(/\s+/);
  const side = (sign: string): number =>
    bitsOfLetters(parts.find((part) => part.startsWith(sign))?.slice(1) ?? '');
  return { node_id, role_id, allow: side('+'), deny: side('-') };
}

const reference = readFileSync(new URL('../../../../../docs/reference/access.md', import.meta.url), 'utf8');
const cases = reference
  .split('\n')
  .filter((line) => /^\| (?!case|---)/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('the reference has its table of cases', () => assert.ok(cases.length >= 20));

for (const [name = '', rules = '', node = '', may = ''] of cases) {
  test(`reference: ${name}`, () => {
    const rows = rules === '' ? [] : rules.split(';').map(parseRule);
    const chain = ['root', 'a', 'b'].slice(0, ['root', 'a', 'b'].indexOf(node) + 1);
    const compiled = compileRules(['everyone', 'team', 'own'], rows);
    assert.deepEqual(namesOf(settle(walk(compiled, chain))), namesOf(bitsOfLetters(may)));
  });
}

function compiled(world: World): ReturnType<typeof compileRules> {
  const rows = world.rules.map((rule: Rule) => ({
    node_id: rule.node,
    role_id: rule.role,
    allow: bitsOf(rule.allow),
    deny: bitsOf(rule.deny),
  }));
  return compileRules(world.roles, rows);
}

test('agrees with the oracle on random trees, roles and rules', () => {
  fc.assert(
    fc.property(forest, (world) => {
      const rules = compiled(world);
      for (const chain of world.chains) {
        assert.deepEqual(namesOf(settle(walk(rules, chain))), allowedByOracle(world, chain));
      }
    }),
    { numRuns: 3000 },
  );
});

test('children decided together get what each gets alone', () => {
  fc.assert(
    fc.property(forest, fc.subarray(scopes), (world, scopes) => {
      const rules = compiled(world);
      for (const chain of world.chains) {
        const children = world.chains.filter(
          (other) => other.length === chain.length + 1 && other.at(-2) === chain.at(-1),
        );
        const ids = children.map((child) => child.at(-1) ?? '');
        const alone = children.map((child) => narrow({ scopes }, child, settle(walk(rules, child))));
        assert.deepEqual(settleChildren(rules, chain, ids, { scopes }), alone);
      }
    }),
    { numRuns: 1000 },
  );
});

test('no order of rows changes a decision', () => {
  fc.assert(
    fc.property(forest, (world) => {
      const there = compiled(world);
      const back = compiled({ ...world, rules: world.rules.toReversed() });
      for (const chain of world.chains) assert.equal(walk(there, chain), walk(back, chain));
    }),
    { numRuns: 300 },
  );
});
