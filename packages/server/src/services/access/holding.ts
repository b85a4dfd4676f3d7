/** Until when roles give permissions, and by which grant: what is passed on by them lasts no longer. Pure. */
import { SHARE, type HeldRole, type Holding, type Permissions } from './api.ts';
import type { ChainRow } from './load-queries.ts';
import { compileRules, settle, walk } from './rules.ts';

interface Timed {
  readonly row: ChainRow;
  /** Of the grant, or of having the role, whichever comes first; Infinity: never */
  readonly until: number;
}

/**
 * Rules and grants may each end with the role that has them, and a rule that ends can silence one that goes on no longer; so it is asked at each of
 * these times. null: not even now.
 * @param roles weakest first @param rows of the chain @param now ms since 1970
 */
export function holdingOf(
  roles: readonly HeldRole[],
  rows: readonly ChainRow[],
  chain: readonly string[],
  need: Permissions,
  now: number,
): Holding | null {
  const ends = new Map(roles.map(({ id, until }) => [id, until ?? Infinity]));
  const timed = rows.map((row) => {
    const until = Math.min(row.expires_at ?? Infinity, ends.get(row.role_id) ?? 0);
    return { row, until };
  });
  const order = roles.map((role) => role.id);
  const bitsAt = (of: readonly Timed[], at: number): Permissions => {
    const held = of.filter((one) => one.until > at).map((one) => one.row);
    return settle(walk(compileRules(order, held), chain));
  };
  const lasts = (of: readonly Timed[]): number => {
    const times = [now, ...of.map((one) => one.until).filter((end) => end > now && end < Infinity)];
    return times.sort((a, b) => a - b).find((at) => (bitsAt(of, at) & need) !== need) ?? Infinity;
  };
  const until = lasts(timed);
  if (until <= now) return null;
  const rules = timed.filter(({ row }) => row.is_grant !== 1);
  const grants = timed.filter(({ row }) => row.is_grant === 1);
  const by = lasts(rules) >= until ? null : longest(grants, need & ~bitsAt(rules, now) || need);
  return { until: until === Infinity ? null : until, by };
}

/** @param missing what rules do not give: the right to share before others */
function longest(grants: readonly Timed[], missing: Permissions): Holding['by'] {
  const wanted = missing & SHARE || missing;
  const [first] = grants.filter(({ row }) => row.allow & wanted).toSorted((a, b) => b.until - a.until);
  if (first === undefined) return null;
  const { source, source_id: sourceId } = first.row;
  return source === null || sourceId === null ? null : { source, sourceId };
}
