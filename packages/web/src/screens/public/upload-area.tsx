import { Button, FileButton, Progress, Text } from '@mantine/core';
import { IconCheck, IconUpload } from '@tabler/icons-react';
import { useState, type DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { formatSize } from '../../i18n/format.ts';
import css from './public.module.css';
import { useUploader, type Sending } from './uploader.ts';

interface Props {
  /** Null: a drop box. */
  readonly folderId: string | null;
  readonly maxFileSize: number | null;
  onDone(): void;
}

/** Where files are dropped or chosen, and how far each of them is. */
export function UploadArea({ folderId, maxFileSize, onDone }: Props) {
  const { t } = useTranslation();
  const uploader = useUploader(folderId, maxFileSize, onDone);
  const [over, setOver] = useState(false);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    uploader.add([...event.dataTransfer.files]);
  };
  const finished = uploader.list.filter(({ state }) => state === 'done').length;
  const active = uploader.list.some(({ state }) => state === 'waiting' || state === 'sending');
  return (
    <section aria-label={t('visit.upload')}>
      <div
        className={css.drop}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <IconUpload size={34} stroke={1.4} aria-hidden="true" />
        <Text>{t('visit.dropHere')}</Text>
        <FileButton multiple onChange={(files) => uploader.add(files)}>
          {(props) => <Button {...props}>{t('visit.choose')}</Button>}
        </FileButton>
        {maxFileSize !== null && (
          <Text size="xs" c="dimmed">
            {t('visit.largest', { size: formatSize(maxFileSize) })}
          </Text>
        )}
      </div>
      <ul className={css.list}>
        {uploader.list.map((item) => (
          <Row key={item.id} item={item} onRetry={() => uploader.again(item)} />
        ))}
      </ul>
      <Text role="status" my="sm" fw={560}>
        {finished > 0 && !active ? t('visit.allDone', { count: finished }) : ''}
      </Text>
    </section>
  );
}

function Row({ item, onRetry }: { readonly item: Sending; onRetry(): void }) {
  const { t } = useTranslation();
  const { file, state, sent, fault } = item;
  const words =
    fault === 'too_large'
      ? t('visit.tooLarge')
      : fault === 'quota_exceeded' || fault === 'storage_full'
        ? t('visit.quota')
        : t('visit.failed');
  return (
    <li className={css.row}>
      <div style={{ minWidth: 0, padding: '8px 4px' }}>
        <div className={css.name}>{file.name}</div>
        {state === 'failed' ? (
          <Text size="xs" c="red" role="alert">
            {words}
          </Text>
        ) : (
          <Progress
            value={state === 'done' || file.size === 0 ? 100 : (100 * sent) / file.size}
            aria-label={t('visit.sending', { name: file.name })}
          />
        )}
      </div>
      {state === 'done' && <IconCheck size={20} aria-label={t('visit.done')} />}
      {state === 'failed' && fault !== 'too_large' && (
        <Button variant="subtle" size="compact-sm" onClick={onRetry}>
          {t('visit.retry')}
        </Button>
      )}
    </li>
  );
}
