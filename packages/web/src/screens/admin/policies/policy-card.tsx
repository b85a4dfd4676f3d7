import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconPencil, IconPlus, IconTrash, IconX } from '@tabler/icons-react';
import type { Policy } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { tell, tellError } from '../../../api/notify.tsx';
import { Card } from '../../page.tsx';
import css from '../../permissions/permissions.module.css';
import { policiesChanged } from './queries.ts';
import { summaryOf } from './summary.ts';

interface Props {
  readonly policy: Policy;
  onEdit(): void;
  onBind(): void;
}

async function change(action: Promise<unknown>, done: string): Promise<void> {
  try {
    await action;
    tell(done);
  } catch (error) {
    tellError(error);
  }
  policiesChanged();
}

/** What a policy says, and what it is bound to. */
export function PolicyCard({ policy, onEdit, onBind }: Props) {
  const { t } = useTranslation();
  const { name } = policy;
  const remove = () =>
    modals.openConfirmModal({
      title: t('policies.deleteTitle', { name }),
      children: <Text size="sm">{t('policies.deleteText')}</Text>,
      labels: { confirm: t('common.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(client.call('deletePolicy', { params: { id: policy.id } }), t('policies.deleted')),
    });
  return (
    <Card
      title={name}
      text={policy.description}
      tools={
        <Group gap={2} wrap="nowrap">
          <ActionIcon size={36} aria-label={t('policies.edit', { name })} onClick={onEdit}>
            <IconPencil size={17} />
          </ActionIcon>
          <ActionIcon size={36} aria-label={t('policies.delete', { name })} onClick={remove}>
            <IconTrash size={17} />
          </ActionIcon>
        </Group>
      }
    >
      <Text size="sm">{summaryOf(policy)}</Text>
      <Bindings policy={policy} />
      <Button mt="sm" size="xs" variant="light" leftSection={<IconPlus size={15} />} onClick={onBind}>
        {t('policies.bind')}
      </Button>
    </Card>
  );
}

function Bindings({ policy }: { readonly policy: Policy }) {
  const { t } = useTranslation();
  if (policy.bindings.length === 0)
    return (
      <Text size="sm" c="dimmed" mt="xs">
        {t('policies.notBound')}
      </Text>
    );
  const unbind = (node: string, role: string) =>
    modals.openConfirmModal({
      title: t('policies.unbindTitle'),
      labels: { confirm: t('common.delete'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        void change(
          client.call('unbindPolicy', { params: { id: policy.id, node, role } }),
          t('policies.unbound'),
        ),
    });
  return (
    <ul className={css.rules} aria-label={t('policies.bindings')}>
      {policy.bindings.map(({ nodeId, roleId, roleName, path }) => {
        const facts = { name: roleName, path: path ?? t('policies.hiddenPath') };
        return (
          <li key={`${nodeId}${roleId}`}>
            <span className={css.who}>{t('policies.bindingAt', facts)}</span>
            <ActionIcon
              size={34}
              aria-label={t('policies.unbind', facts)}
              onClick={() => unbind(nodeId, roleId)}
            >
              <IconX size={16} />
            </ActionIcon>
          </li>
        );
      })}
    </ul>
  );
}
