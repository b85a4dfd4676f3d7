import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { Card } from '../page.tsx';

/** All that is kept of oneself, to take away. */
export function DataCard() {
  const { t } = useTranslation();
  return (
    <Card title={t('account.data')} text={t('account.dataText')}>
      <Button
        component="a"
        href={client.url('exportMe')}
        download
        variant="default"
        leftSection={<IconDownload size={16} />}
      >
        {t('account.dataExport')}
      </Button>
    </Card>
  );
}
