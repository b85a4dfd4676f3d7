import { Skeleton, Text } from '@mantine/core';
import type { PermissionName, RuleHistoryEntry } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { t as tr } from '../../i18n/index.ts';
import { formatDateTime } from '../../i18n/format.ts';
import { MoreButton } from '../more-button.tsx';
import css from './permissions.module.css';
import { rights, wordsOf } from './rights.ts';
import { useRuleHistory } from './rule-queries.ts';

/** What was set, given and taken away at a node, newest first. */
export function RuleHistory({ nodeId }: { readonly nodeId: string }) {
  const { t } = useTranslation();
  const query = useRuleHistory(nodeId, true);
  const entries = query.data?.pages.flatMap((page) => page.items);
  if (!entries) return <Skeleton height={80} mt="xs" />;
  if (entries.length === 0)
    return (
      <Text size="sm" c="dimmed" mt="xs">
        {t('permissions.noHistory')}
      </Text>
    );
  return (
    <>
      <ol className={css.steps} aria-label={t('permissions.history')}>
        {entries.map((entry) => (
          <li key={entry.id}>
            <div className={css.who}>{titleOf(entry)}</div>
            <div className={css.what}>
              {entry.kind === 'policy'
                ? t(entry.after === null ? 'permissions.unbound' : 'permissions.bound')
                : t('permissions.fromTo', { before: stateOf(entry.before), after: stateOf(entry.after) })}
            </div>
            <div className={css.what}>
              {entry.actor?.displayName ?? t('permissions.server')} · {formatDateTime(entry.at)}
            </div>
          </li>
        ))}
      </ol>
      <MoreButton query={query} />
    </>
  );
}

function titleOf({ kind, roleName: name, before, after }: RuleHistoryEntry): string {
  if (kind === 'rule') return tr('permissions.changeRule', { name });
  if (kind === 'grant') return tr('permissions.changeGrant', { name });
  return tr('permissions.changePolicy', { name, policy: String((after ?? before)?.['policy'] ?? '') });
}

function stateOf(state: RuleHistoryEntry['before']): string {
  if (state === null) return tr('permissions.nothing');
  const [allowed, denied] = [namesIn(state['allow'] ?? state['grant']), namesIn(state['deny'])];
  return [
    ...(allowed.length > 0 ? [tr('permissions.allowed', { rights: wordsOf(allowed) })] : []),
    ...(denied.length > 0 ? [tr('permissions.denied', { rights: wordsOf(denied) })] : []),
  ].join('; ');
}

function namesIn(value: unknown): readonly PermissionName[] {
  return Array.isArray(value) ? rights.filter((name) => value.includes(name)) : [];
}
