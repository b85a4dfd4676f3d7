import { ActionIcon } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { memo, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate, formatDateTime, formatSize } from '../../i18n/format.ts';
import { FileFrame, type FileRowProps } from './file-frame.tsx';
import { FileIcon } from './file-icon.tsx';
import { SharedSign } from './shared-sign.tsx';
import css from './file-list.module.css';

export const FileRow = memo(function FileRow(props: FileRowProps) {
  const { top, height, ...frame } = props;
  const { node, phone, handlers } = frame;
  const { t } = useTranslation();
  const size = node.kind === 'file' || node.size > 0 ? formatSize(node.size) : '';

  return (
    <FileFrame
      {...frame}
      className={css.row}
      checkClass={css.check}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <div role="gridcell" className={css.name}>
        <FileIcon node={node} size={phone ? 38 : 30} />
        <span className={css.label}>
          <span className={css.text} title={node.name}>
            {node.name}
          </span>
          {phone && (
            <span className={css.second}>
              {[formatDate(node.modifiedAt), size].filter(Boolean).join(' · ')}
            </span>
          )}
        </span>
        <SharedSign nodeId={node.id} />
      </div>
      {!phone && (
        <>
          <div role="gridcell" className={`${css.size} tabular`}>
            {size}
          </div>
          <div role="gridcell" className={`${css.date} tabular`} title={formatDateTime(node.modifiedAt)}>
            {formatDate(node.modifiedAt)}
          </div>
        </>
      )}
      <div role="gridcell" className={css.more}>
        <ActionIcon
          size={phone ? 44 : 30}
          tabIndex={-1}
          aria-label={t('files.moreFor', { name: node.name })}
          onClick={(event: MouseEvent) => {
            event.stopPropagation();
            const box = event.currentTarget.getBoundingClientRect();
            handlers.onMenu(node, box.right, box.bottom);
          }}
          onDoubleClick={(event: MouseEvent) => event.stopPropagation()}
        >
          <IconDots size={18} />
        </ActionIcon>
      </div>
    </FileFrame>
  );
});
