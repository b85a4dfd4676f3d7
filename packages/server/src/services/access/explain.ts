/** `why`: tells everything that met a user on the way to a node, and what became of it. */
import type { Principal } from '../../kernel/context.ts';
import { ALL, namesOf, type AccessStep, type Outcome } from './api.ts';
import type { Situation } from './conditions.ts';
import { denies, type BoundPolicy } from './policies.ts';
import type { NamedGrantRow, NamedRuleRow } from './queries.ts';
import { strongestFirst } from './rules.ts';

/** Rules and grants from the root down, at one node the weakest role first and grants after rules. */
export function explainRules(
  roles: readonly string[],
  chain: readonly string[],
  rules: readonly NamedRuleRow[],
  grants: readonly NamedGrantRow[],
): readonly AccessStep[] {
  const steps: AccessStep[] = [];
  let decided = false;
  for (const nodeId of chain.toReversed()) {
    for (const grant of strongestFirst(roles, grants).filter((row) => row.node_id === nodeId))
      steps.push(grantStep(grant));
    let spoken = false;
    for (const rule of strongestFirst(roles, rules).filter((row) => row.node_id === nodeId)) {
      steps.push(ruleStep(rule, spoken, decided));
      if (rule.allow !== 0) spoken = true;
    }
    decided ||= spoken;
  }
  return steps.reverse();
}

function ruleStep(row: NamedRuleRow, silencedHere: boolean, silencedBelow: boolean): AccessStep {
  const outcomes: Outcome[] = [];
  if (row.deny !== 0) outcomes.push('denies');
  if (row.allow !== 0)
    outcomes.push(silencedBelow ? 'silenced_nearer' : silencedHere ? 'silenced_stronger' : 'allows');
  return step({
    kind: 'rule',
    nodeId: row.node_id,
    roleId: row.role_id,
    roleName: row.role_name,
    allow: namesOf(row.allow),
    deny: namesOf(row.deny),
    outcomes,
  });
}

function grantStep(row: NamedGrantRow): AccessStep {
  return step({
    kind: 'grant',
    nodeId: row.node_id,
    roleId: row.role_id,
    roleName: row.role_name,
    allow: namesOf(row.allow),
    deny: [],
    outcomes: ['adds'],
    source: row.source,
    until: row.expires_at,
  });
}

export function explainPolicies(
  policies: readonly BoundPolicy[],
  situation: Situation,
  roleNames: ReadonlyMap<string, string>,
): readonly AccessStep[] {
  return policies.map((policy) =>
    step({
      kind: 'policy',
      nodeId: policy.nodeId,
      roleId: policy.roleId,
      roleName: roleNames.get(policy.roleId) ?? '',
      allow: [],
      deny: namesOf(policy.deny),
      outcomes: [denies(policy, policy.conditions.holds(situation)) ? 'denies' : 'not_now'],
      policyName: policy.name,
    }),
  );
}

/** The nearest root of a link, which says what is left at most; outside all of them nothing is. */
export function explainConfinement(
  { confined, login }: Pick<Principal, 'confined' | 'login'>,
  chain: readonly string[],
): readonly AccessStep[] {
  if (confined === undefined) return [];
  const root = chain.findLast((id) => confined.roots.has(id));
  const mask = root === undefined ? 0 : (confined.roots.get(root) ?? 0);
  return [
    step({
      kind: 'confinement',
      nodeId: root ?? chain.at(-1) ?? '',
      roleId: null,
      roleName: login,
      allow: namesOf(mask),
      deny: namesOf(ALL & ~mask),
      outcomes: ['limits'],
    }),
  ];
}

const words: Readonly<Record<Outcome, (step: Omit<AccessStep, 'effect'>) => string>> = {
  denies: ({ deny }) => `denies ${deny.join(', ')}`,
  allows: ({ allow }) => `allows ${allow.join(', ')}`,
  adds: ({ allow }) => `adds ${allow.join(', ')}`,
  silenced_nearer: () => 'silenced by a nearer rule',
  silenced_stronger: () => 'silenced by a stronger role',
  not_now: () => 'denies nothing now',
  limits: ({ allow }) => (allow.length === 0 ? 'leaves nothing' : `leaves ${allow.join(', ')} at most`),
};

function step(facts: Omit<AccessStep, 'effect'>): AccessStep {
  return { ...facts, effect: facts.outcomes.map((outcome) => words[outcome](facts)).join('; ') };
}
