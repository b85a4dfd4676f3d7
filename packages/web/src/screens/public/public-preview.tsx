import { ActionIcon, FocusTrap, Portal } from '@mantine/core';
import { IconArrowLeft, IconChevronLeft, IconChevronRight, IconDownload } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useEffect, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { formatSize } from '../../i18n/format.ts';
import { FileView } from '../../preview/file-view.tsx';
import { client } from './api.ts';
import { hrefOf } from './items.tsx';
import css from '../../preview/preview.module.css';

interface Props {
  readonly node: Node;
  readonly files: readonly Node[];
  readonly mayDownload: boolean;
  onShow(node: Node | null): void;
}

/** One file over the list, the next and the previous one a key away. */
export function PublicPreview({ node, files, mayDownload, onShow }: Props) {
  const { t } = useTranslation();
  const at = files.findIndex(({ id }) => id === node.id);
  const go = (delta: number) => {
    const next = files[at + delta];
    if (at >= 0 && next) onShow(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onShow(null);
    else if (event.target instanceof Element && event.target.closest('video, audio')) return;
    else if (event.key === 'ArrowRight') go(1);
    else if (event.key === 'ArrowLeft') go(-1);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    const before = document.activeElement;
    const { overflow } = document.body.style;
    document.body.style.overflow = 'hidden';
    return () => {
      document.body.style.overflow = overflow;
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <Portal>
      <FocusTrap active>
        <div
          className={css.overlay}
          role="dialog"
          aria-modal="true"
          aria-label={t('preview.of', { name: node.name })}
          onKeyDown={onKeyDown}
          tabIndex={-1}
        >
          <FocusTrap.InitialFocus />
          <div className={css.head}>
            <ActionIcon size={44} aria-label={t('preview.close')} onClick={() => onShow(null)}>
              <IconArrowLeft size={20} />
            </ActionIcon>
            <div className={css.title}>
              <h2>{node.name}</h2>
              <span className="tabular">
                {formatSize(node.size)}
                {files.length > 1 && ` · ${t('preview.position', { at: at + 1, count: files.length })}`}
              </span>
            </div>
            {mayDownload && (
              <ActionIcon component="a" size={44} aria-label={t('visit.download')} href={hrefOf(node)}>
                <IconDownload size={20} />
              </ActionIcon>
            )}
          </div>
          <div className={css.stage}>
            <FileView
              key={node.id}
              node={node}
              src={client.url('downloadContent', { params: { id: node.id } })}
            />
          </div>
          {at > 0 && (
            <button
              type="button"
              className={`${css.side} ${css.previous}`}
              aria-label={t('preview.previous')}
              onClick={() => go(-1)}
            >
              <IconChevronLeft size={26} />
            </button>
          )}
          {at >= 0 && at < files.length - 1 && (
            <button
              type="button"
              className={`${css.side} ${css.next}`}
              aria-label={t('preview.next')}
              onClick={() => go(1)}
            >
              <IconChevronRight size={26} />
            </button>
          )}
        </div>
      </FocusTrap>
    </Portal>
  );
}
