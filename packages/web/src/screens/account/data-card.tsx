import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tellError } from '../../api/notify.tsx';
import { provenDownload } from '../../api/proven-download.ts';
import { Card } from '../page.tsx';

/** All that is kept of oneself, to take away; of somebody else, for whoever must tell: without the files. */
export function DataCard({ userId }: { readonly userId?: string }) {
  const { t } = useTranslation();
  const own = userId === undefined;
  const address = own ? client.url('exportMe') : client.url('exportUser', { params: { id: userId } });
  return (
    <Card
      title={t(own ? 'account.data' : 'userPage.data')}
      text={t(own ? 'account.dataText' : 'userPage.dataText')}
    >
      <Button
        onClick={() => void provenDownload(address).catch(tellError)}
        variant="default"
        leftSection={<IconDownload size={16} />}
      >
        {t(own ? 'account.dataExport' : 'userPage.dataExport')}
      </Button>
    </Card>
  );
}
