/** Reads the rules of somebody's roles: in one statement, or, where they are many, in slices between which others have their turn. */
import type { SqlReader } from '../../stores/sql/contract.ts';
import { grantSlice, rulesOfRoles, ruleSlice, type LoadedRow } from './load-queries.ts';
import { nothing, selectEpoch } from './queries.ts';
import { addRule, compileRules, type RuleMap } from './rules.ts';

export interface Loaded {
  readonly rules: RuleMap;
  /** When the first of its grants ends; Infinity: never. */
  readonly until: number;
}

/** Rows that are read and compiled at once: a millisecond or two. */
const slice = 1_000;
/** A change in between makes slices worthless: after so many changes everything is read at once. */
const attempts = 4;
const unlimited = 2 ** 31 - 1;

/** @param roles weakest first */
export async function loadRules(reader: SqlReader, roles: readonly string[], now: number): Promise<Loaded> {
  if (roles.length === 0) return { rules: new Map(), until: Infinity };
  const few = await reader.all(rulesOfRoles, { roles, now, limit: slice + 1 });
  if (few.length <= slice) return compileAll(roles, few);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await reader.get(selectEpoch, nothing);
    const loaded = await loadSlices(reader, roles, now);
    // Every change of a rule raises the epoch in its transaction: where it stands, the slices are of one moment.
    const after = await reader.get(selectEpoch, nothing);
    if (before?.epoch === after?.epoch) return loaded;
  }
  return compileAll(roles, await reader.all(rulesOfRoles, { roles, now, limit: unlimited }));
}

function compileAll(roles: readonly string[], rows: readonly LoadedRow[]): Loaded {
  const until = rows.reduce((first, row) => Math.min(first, row.expires_at ?? Infinity), Infinity);
  return { rules: compileRules(roles, rows), until };
}

async function loadSlices(reader: SqlReader, roles: readonly string[], now: number): Promise<Loaded> {
  const rules = new Map<string, number>();
  let until = Infinity;
  for (const roleId of roles.toReversed()) {
    for await (const rows of slicesOf(reader, roleId)) {
      for (const row of rows) {
        const end = row.expires_at ?? Infinity;
        if (end <= now) continue;
        until = Math.min(until, end);
        addRule(rules, row);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { rules, until };
}

async function* slicesOf(reader: SqlReader, roleId: string): AsyncGenerator<readonly LoadedRow[]> {
  for (let after = ''; ;) {
    const rows = await reader.all(ruleSlice, { roleId, after, limit: slice });
    yield rows;
    if (rows.length < slice) break;
    after = rows.at(-1)?.node_id ?? '';
  }
  for (let after = '', afterId = ''; ;) {
    const rows = await reader.all(grantSlice, { roleId, after, afterId, limit: slice });
    yield rows;
    if (rows.length < slice) return;
    const last = rows.at(-1);
    [after, afterId] = [last?.node_id ?? '', last?.id ?? ''];
  }
}
