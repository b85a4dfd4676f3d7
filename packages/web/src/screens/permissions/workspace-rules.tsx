import { Skeleton, Text } from '@mantine/core';
import type { Node } from '@volvox/api';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from '../../api/notify.tsx';
import { MoreButton } from '../more-button.tsx';
import css from './permissions.module.css';
import { GrantLine, RuleLine } from './rule-lists.tsx';
import { useWorkspaceRules } from './rule-queries.ts';

/** Items after which the next page waits to be asked for. */
const enough = 50;

/** Every rule and grant below the root of a workspace, with where it is. */
export function WorkspaceRules({ root }: { readonly root: Node }) {
  const { t } = useTranslation();
  const query = useWorkspaceRules(root.workspaceId);
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const items = query.data?.pages.flatMap((page) => page.items).filter((item) => item.nodeId !== root.id);
  const few = (items?.length ?? 0) < enough;
  // The server looks through so many rules a page, of other workspaces too: a page may bring few or none.
  useEffect(() => {
    if (few && hasNextPage && !isFetching) void fetchNextPage();
  }, [few, hasNextPage, isFetching, fetchNextPage]);
  if (query.error)
    return (
      <Text size="sm" c="red" mt="xs" role="alert">
        {explain(query.error)}
      </Text>
    );
  if (!items || (items.length === 0 && hasNextPage)) return <Skeleton height={80} mt="xs" />;
  if (items.length === 0)
    return (
      <Text size="sm" c="dimmed" mt="xs">
        {t('permissions.nowhere')}
      </Text>
    );
  return (
    <>
      {items.map(({ nodeId, path, rules, grants }) => (
        <div key={nodeId}>
          <Text size="xs" fw={550} mt="sm" style={{ overflowWrap: 'anywhere' }}>
            {path ?? t('permissions.hiddenPlace')}
          </Text>
          <ul className={css.rules} aria-label={path ?? t('permissions.hiddenPlace')}>
            {rules.map((rule) => (
              <li key={rule.id}>
                <RuleLine rule={rule} />
              </li>
            ))}
            {grants.map((grant) => (
              <li key={grant.id}>
                <GrantLine grant={grant} />
              </li>
            ))}
          </ul>
        </div>
      ))}
      <MoreButton query={query} />
    </>
  );
}
