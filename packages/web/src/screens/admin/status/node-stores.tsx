import { Text } from '@mantine/core';
import type { ClusterStatus } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { State } from '../rows.tsx';

type Told = readonly Pick<ClusterStatus['stores'][number], 'kind' | 'ok' | 'error'>[];

/** Shown only where something is wrong: a node that does not follow the configuration any more. */
export function NodeSettings({ settings }: Pick<ClusterStatus['nodes'][number], 'settings'>) {
  const { t } = useTranslation();
  if (settings?.differ !== true) return null;
  return (
    <div title={t('status.otherSettingsText')}>
      <State ok={false} text={t('status.otherSettings')} />
    </div>
  );
}

/** What a node itself finds of the stores: one may be cut off from what others reach. */
export function NodeStores({ stores }: { readonly stores: Told | null }) {
  const { t } = useTranslation();
  if (stores === null)
    return (
      <Text size="sm" c="dimmed">
        {t('status.silent')}
      </Text>
    );
  const lacking = stores.filter(({ ok }) => !ok);
  if (lacking.length === 0) return <State ok text={t('status.reached')} />;
  return (
    <div title={lacking.map(({ kind, error }) => `${kind}: ${error ?? ''}`).join('\n')}>
      <State ok={false} text={t('status.lacks', { stores: lacking.map(({ kind }) => kind).join(', ') })} />
    </div>
  );
}
