import { Text } from '@mantine/core';
import type { ClusterStatus } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../../../i18n/format.ts';
import { Card } from '../../page.tsx';
import { State } from '../rows.tsx';

/** Whether what is stored still is what was sent. */
export function Contents({ contents }: { readonly contents: NonNullable<ClusterStatus['contents']> }) {
  const { t } = useTranslation();
  const { damaged, endedAt } = contents;
  return (
    <Card title={t('status.contents')} text={t('status.contentsText')}>
      <State
        ok={damaged === 0}
        text={damaged === 0 ? t('status.contentsSound') : t('status.contentsDamaged', { count: damaged })}
      />
      <Text size="sm" c="dimmed">
        {endedAt === null
          ? t('status.contentsFirst')
          : t('status.contentsRead', { at: formatDateTime(endedAt) })}
      </Text>
    </Card>
  );
}
