import { useQuery } from '@tanstack/react-query';
import type { Group } from '@volvox/api';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { t } from '../../../i18n/index.ts';

export function useGroups() {
  return useQuery({
    queryKey: keys.groups,
    queryFn: ({ signal }) => client.call('listGroups', { signal }),
  });
}

/** The root has a name that nobody gave it. */
export function nameOf(group: Group): string {
  return group.parentId === null ? t('users.root') : group.name;
}

/** Depth first, by name; `path` names what lies between the group and the root. A group whose parent is not shown counts as a top. */
export function inTree(groups: readonly Group[]): { group: Group; depth: number; path: string }[] {
  const known = new Set(groups.map((group) => group.id));
  const children = Map.groupBy(groups, (group) => (known.has(group.parentId ?? '') ? group.parentId : null));
  const walk = (parentId: string | null, depth: number, above: string): ReturnType<typeof inTree> =>
    (children.get(parentId) ?? [])
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .flatMap((group) => {
        const path = group.parentId === null ? '' : above === '' ? group.name : `${above} / ${group.name}`;
        return [{ group, depth, path }, ...walk(group.id, depth + 1, path)];
      });
  return walk(null, 0, '');
}

/** For selects. */
export function groupOptions(groups: readonly Group[]): { value: string; label: string }[] {
  return inTree(groups).map(({ group, path }) => ({ value: group.id, label: path || nameOf(group) }));
}
