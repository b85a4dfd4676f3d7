import { Alert, Skeleton, Text } from '@mantine/core';
import type { PermissionName } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { explain } from '../../api/notify.tsx';
import { useSession } from '../../session/store.ts';
import css from './permissions.module.css';
import { wordsOf } from './rights.ts';
import { useRulePreview, type RuleChange } from './rule-queries.ts';

/** Whose rights a rule would change, asked anew whenever it is edited. */
export function RulePreviewList({
  nodeId,
  change,
}: {
  readonly nodeId: string;
  readonly change: RuleChange;
}) {
  const { t } = useTranslation();
  const { data, error } = useRulePreview(nodeId, change);
  const me = useSession((state) => state.me?.user.id);
  if (error)
    return (
      <Text size="sm" c="red" role="alert">
        {explain(error)}
      </Text>
    );
  if (!data)
    return (
      <div role="status" aria-label={t('permissions.previewing')}>
        <Skeleton height={48} />
      </div>
    );
  const own = data.people.find((one) => one.userId === me);
  const left = data.changed - data.people.length;
  return (
    <section aria-label={t('permissions.preview')} aria-live="polite">
      {own?.before.includes('manage') && !own.after.includes('manage') && (
        <Alert color="orange" mb="xs">
          {t('permissions.losesOwn')}
        </Alert>
      )}
      <Text size="sm" fw={550}>
        {data.changed === 0
          ? t('permissions.previewNone')
          : t('permissions.previewSome', { count: data.changed })}
      </Text>
      {data.people.length > 0 && (
        // Scrolls when it is long, so the keyboard must get there.
        <ul className={css.changes} tabIndex={0} aria-label={t('permissions.preview')}>
          {data.people.map((one) => (
            <li key={one.userId}>
              <div className={css.who}>{one.displayName || one.login}</div>
              <div className={css.what}>
                <Difference before={one.before} after={one.after} />
              </div>
            </li>
          ))}
        </ul>
      )}
      {left > 0 && (
        <Text size="xs" c="dimmed">
          {t('permissions.previewMore', { count: left })}
        </Text>
      )}
      {data.checked < data.total && (
        <Text size="xs" c="dimmed">
          {t('permissions.previewPart', { checked: data.checked, total: data.total })}
        </Text>
      )}
    </section>
  );
}

function Difference({
  before,
  after,
}: {
  readonly before: readonly PermissionName[];
  readonly after: readonly PermissionName[];
}) {
  const { t } = useTranslation();
  const gained = after.filter((name) => !before.includes(name));
  const lost = before.filter((name) => !after.includes(name));
  return [
    ...(gained.length > 0 ? [t('permissions.gains', { rights: wordsOf(gained) })] : []),
    ...(lost.length > 0 ? [t('permissions.loses', { rights: wordsOf(lost) })] : []),
  ].join('; ');
}
