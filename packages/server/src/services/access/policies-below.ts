/** Policies for a whole listing: told once for the folder, anew only for children that have something of their own. */
import type { Circumstances } from '../../kernel/context.ts';
import { deniedBy, policiesOn, propertyOn, type NodeProperties, type PolicyMap } from './policies.ts';
import type { DeniedBelow } from './rules.ts';

interface Listing {
  readonly all: PolicyMap;
  readonly roles: readonly string[];
  readonly chain: readonly string[];
  readonly childIds: readonly string[];
  readonly circumstances: Circumstances | null;
  readonly at: number;
  /** One statement. */
  readonly properties: (nodeIds: readonly string[]) => Promise<NodeProperties>;
}

export async function deniedBelow(listing: Listing): Promise<DeniedBelow> {
  const { all, roles, chain, childIds, circumstances, at } = listing;
  const above = policiesOn(all, roles, chain);
  const own = new Map(
    childIds.filter((id) => all.has(id)).map((id) => [id, policiesOn(all, roles, [id])] as const),
  );
  const met = [...above, ...[...own.values()].flat()];
  if (met.length === 0) return { usual: 0, at: new Map() };
  const asks = met.some(({ conditions }) => conditions.property !== null);
  const properties = asks ? await listing.properties([...chain, ...childIds]) : null;
  const situation = (way: readonly string[]) => ({
    circumstances,
    at,
    property: propertyOn(properties, way),
  });
  const usual = deniedBy(above, situation(chain));
  const special = new Map<string, number>();
  for (const id of childIds) {
    const mine = own.get(id);
    if (mine !== undefined || properties?.has(id) === true)
      special.set(id, deniedBy([...above, ...(mine ?? [])], situation([...chain, id])));
  }
  return { usual, at: special };
}
