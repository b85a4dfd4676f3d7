import { Button, Skeleton, Text } from '@mantine/core';
import { IconPlus, IconShieldLock } from '@tabler/icons-react';
import type { Policy } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty, Failure } from '../files/empty.tsx';
import { Page } from '../page.tsx';
import { BindDialog } from './policies/bind-dialog.tsx';
import { PolicyCard } from './policies/policy-card.tsx';
import { PolicyDialog } from './policies/policy-dialog.tsx';
import { PolicyTest } from './policies/policy-test.tsx';
import { usePolicies } from './policies/queries.ts';

type Open =
  | { readonly kind: 'edit'; readonly policy: Policy | null }
  | { readonly kind: 'bind'; readonly policy: Policy };

/** Security policies: what they say, what they are bound to, and a way to try out what they do. */
export default function PoliciesScreen() {
  const { t } = useTranslation();
  const { data: policies, error, refetch } = usePolicies();
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <Page
      narrow
      title={t('policies.title')}
      tools={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ kind: 'edit', policy: null })}>
          {t('policies.add')}
        </Button>
      }
    >
      <Text size="sm" c="dimmed" mb="md">
        {t('policies.intro')}
      </Text>
      {error ? (
        <Failure icon={IconShieldLock} error={error} onRetry={() => void refetch()} />
      ) : !policies ? (
        <Skeleton height={160} />
      ) : (
        <>
          {policies.length === 0 && (
            <Empty icon={IconShieldLock} title={t('policies.none')} text={t('policies.noneText')} />
          )}
          {policies.map((policy) => (
            <PolicyCard
              key={policy.id}
              policy={policy}
              onEdit={() => setOpen({ kind: 'edit', policy })}
              onBind={() => setOpen({ kind: 'bind', policy })}
            />
          ))}
          <PolicyTest />
        </>
      )}
      {open?.kind === 'edit' && <PolicyDialog policy={open.policy} onClose={close} />}
      {open?.kind === 'bind' && <BindDialog policy={open.policy} onClose={close} />}
    </Page>
  );
}
