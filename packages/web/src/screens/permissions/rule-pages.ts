import type { Routes } from '@volvox/api';
import type { Output } from '@volvox/client';

type Page = Output<Routes['listRules']>;

/** Pages as one: a folder whose rules go on with the next page is there once. null: nothing is loaded yet */
export function mergedRules(pages: readonly Page[] | undefined): Omit<Page, 'next'> | null {
  const [first] = pages ?? [];
  if (pages === undefined || first === undefined) return null;
  const places = new Map<string, Page['inherited'][number]>();
  for (const place of pages.flatMap((page) => page.inherited)) {
    const { rules = [], grants = [] } = places.get(place.nodeId) ?? {};
    places.set(place.nodeId, {
      ...place,
      rules: [...rules, ...place.rules],
      grants: [...grants, ...place.grants],
    });
  }
  return {
    settable: first.settable,
    items: pages.flatMap((page) => page.items),
    grants: pages.flatMap((page) => page.grants),
    inherited: [...places.values()],
  };
}
