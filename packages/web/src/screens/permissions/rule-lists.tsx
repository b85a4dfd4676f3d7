import { ActionIcon, Badge, Group, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import type { NamedGrant, NamedRule, Node } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { tell, tellError } from '../../api/notify.tsx';
import { formatDateTime } from '../../i18n/format.ts';
import css from './permissions.module.css';
import { wordsOf } from './rights.ts';
import { saveRule } from './rule-queries.ts';

interface Own {
  readonly node: Node;
  readonly rules: readonly NamedRule[];
  /** null: who looks may not set rules. */
  readonly onEdit: ((rule: NamedRule) => void) | null;
}

/** The rules of a node, to be changed and removed by who may. */
export function OwnRules({ node, rules, onEdit }: Own) {
  const { t } = useTranslation();
  const remove = (rule: NamedRule) =>
    modals.openConfirmModal({
      title: t('permissions.removeTitle', { name: rule.roleName }),
      children: <Text size="sm">{t('permissions.removeText')}</Text>,
      labels: { confirm: t('common.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void saveRule(node, { roleId: rule.roleId, allow: [], deny: [] }).then(
          () => tell(t('permissions.removed', { name: rule.roleName })),
          (error: unknown) => tellError(error),
        ),
    });
  return (
    <ul className={css.rules} aria-label={t('permissions.rulesHere')}>
      {rules.map((rule) => (
        <li key={rule.id}>
          <RuleLine rule={rule} />
          {onEdit && (
            <Group gap={2} wrap="nowrap">
              <ActionIcon
                size={34}
                aria-label={t('permissions.edit', { name: rule.roleName })}
                onClick={() => onEdit(rule)}
              >
                <IconPencil size={16} />
              </ActionIcon>
              <ActionIcon
                size={34}
                aria-label={t('permissions.remove', { name: rule.roleName })}
                onClick={() => remove(rule)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          )}
        </li>
      ))}
    </ul>
  );
}

export function RuleLine({ rule }: { readonly rule: NamedRule }) {
  const { t } = useTranslation();
  const said = [
    ...(rule.allow.length > 0 ? [t('permissions.allowed', { rights: wordsOf(rule.allow) })] : []),
    ...(rule.deny.length > 0 ? [t('permissions.denied', { rights: wordsOf(rule.deny) })] : []),
  ];
  return (
    <div>
      <div className={css.who}>
        {rule.roleName} <Kind kind={rule.roleKind} />
      </div>
      <div className={css.what}>{said.join('; ')}</div>
    </div>
  );
}

export function GrantLine({ grant }: { readonly grant: NamedGrant }) {
  const { t } = useTranslation();
  const said = [
    t(`permissions.source.${grant.source}`),
    wordsOf(grant.allow),
    ...(grant.expiresAt === null ? [] : [t('permissions.until', { when: formatDateTime(grant.expiresAt) })]),
  ];
  return (
    <div>
      <div className={css.who}>
        {grant.roleName} <Kind kind={grant.roleKind} />
      </div>
      <div className={css.what}>{said.join(' · ')}</div>
    </div>
  );
}

const kinds = ['group', 'team', 'admins', 'assigned'] as const;

/** People need no badge. */
function Kind({ kind }: { readonly kind: string }) {
  const { t } = useTranslation();
  const known = kinds.find((one) => one === kind);
  if (known === undefined) return null;
  return (
    <Badge size="xs" tt="none" variant="default" ml={4}>
      {t(`permissions.kind.${known}`)}
    </Badge>
  );
}
