/** `why`: tells each rule that met a user on the way to a node, and what became of it. */
import { namesOf, type AccessStep } from './api.ts';
import { strongestFirst, type RuleRow } from './rules.ts';

type NamedRule = RuleRow & { readonly role_name: string };

/** Steps from the root down, at one node the weakest role first. */
export function explain(
  roles: readonly string[],
  chain: readonly string[],
  rows: readonly NamedRule[],
): readonly AccessStep[] {
  const steps: AccessStep[] = [];
  let decided = false;
  for (const nodeId of chain.toReversed()) {
    const speaking = strongestFirst(
      roles,
      rows.filter((row) => row.node_id === nodeId),
    );
    let spoken = false;
    for (const row of speaking) {
      steps.push({
        nodeId,
        roleId: row.role_id,
        roleName: row.role_name,
        allow: namesOf(row.allow),
        deny: namesOf(row.deny),
        effect: effectOf(row, spoken, decided),
      });
      if (row.allow !== 0) spoken = true;
    }
    decided ||= spoken;
  }
  return steps.reverse();
}

function effectOf(row: RuleRow, silencedHere: boolean, silencedBelow: boolean): string {
  const effects: string[] = [];
  if (row.deny !== 0) effects.push(`denies ${namesOf(row.deny).join(', ')}`);
  if (row.allow !== 0) {
    if (silencedBelow) effects.push('silenced by a nearer rule');
    else if (silencedHere) effects.push('silenced by a stronger role');
    else effects.push(`allows ${namesOf(row.allow).join(', ')}`);
  }
  return effects.join('; ');
}
