import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { use } from 'react';
import { useTranslation } from 'react-i18next';
import { FileIcon } from '../screens/files/file-icon.tsx';
import { DownloadContext } from './download-context.ts';
import css from './preview.module.css';

export function NoPreview({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  const download = use(DownloadContext);
  return (
    <div className={css.none}>
      <FileIcon node={node} size={88} />
      <p>{t('preview.none')}</p>
      {download && (
        <Button leftSection={<IconDownload size={17} />} onClick={() => download(node)}>
          {t('verbs.download')}
        </Button>
      )}
    </div>
  );
}
