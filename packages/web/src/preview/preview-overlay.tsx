import { ActionIcon, FocusTrap, Portal, Tooltip } from '@mantine/core';
import {
  IconArrowLeft,
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconInfoCircle,
} from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useEffect, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { client } from '../api/client.ts';
import { useNode } from '../api/queries.ts';
import { formatSize } from '../i18n/format.ts';
import { FileIcon } from '../screens/files/file-icon.tsx';
import { useFilesUi } from '../screens/files/ui-store.ts';
import { download } from '../screens/files/verbs.ts';
import { DownloadContext } from './download-context.ts';
import { FileView } from './file-view.tsx';
import { previewKind } from './kinds.ts';
import { useSiblings } from './siblings.ts';
import css from './preview.module.css';

/** The file over everything, with the next and the previous one a key away. */
export default function PreviewOverlay({
  id,
  version,
}: {
  readonly id: string;
  readonly version: string | null;
}) {
  const { t } = useTranslation();
  const [, setParams] = useSearchParams();
  const siblings = useSiblings((state) => state.files);
  const loaded = useNode(id).data;
  const node = siblings.find((file) => file.id === id) ?? loaded;
  const at = version === null ? siblings.findIndex((file) => file.id === id) : -1;

  const show = (next: string | null) =>
    setParams(
      (params) => {
        params.delete('version');
        if (next) params.set('preview', next);
        else params.delete('preview');
        return params;
      },
      { replace: true },
    );
  const go = (delta: number) => {
    const next = at < 0 ? undefined : siblings[at + delta];
    if (next) show(next.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (
      event.key === 'Escape' ||
      (event.key === ' ' &&
        !(event.target instanceof Element && event.target.closest('button, video, audio, a')))
    )
      show(null);
    else if (event.target instanceof Element && event.target.closest('video, audio')) return;
    else if (event.key === 'ArrowRight') go(1);
    else if (event.key === 'ArrowLeft') go(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  useEffect(() => {
    const { overflow } = document.body.style;
    document.body.style.overflow = 'hidden';
    return () => void (document.body.style.overflow = overflow);
  }, []);

  const name = node?.name ?? '';
  return (
    <Portal>
      <FocusTrap active>
        <div
          className={css.overlay}
          role="dialog"
          aria-modal="true"
          aria-label={t('preview.of', { name })}
          onKeyDown={onKeyDown}
          tabIndex={-1}
        >
          <FocusTrap.InitialFocus />
          <header className={css.head}>
            <Button label={t('preview.close')} onClick={() => show(null)}>
              <IconArrowLeft size={20} />
            </Button>
            {node && <FileIcon node={node} size={32} />}
            <div className={css.title}>
              <h2>{name}</h2>
              <span className="tabular">
                {node && formatSize(node.size)}
                {at >= 0 &&
                  siblings.length > 1 &&
                  ` · ${t('preview.position', { at: at + 1, count: siblings.length })}`}
                {version !== null && ` · ${t('preview.oldVersion')}`}
              </span>
            </div>
            {node && (
              <>
                <Button
                  label={t('verbs.details')}
                  onClick={() => {
                    show(null);
                    useFilesUi.getState().inspect({ node, tab: 'info' });
                  }}
                >
                  <IconInfoCircle size={20} />
                </Button>
                <Tooltip label={t('verbs.download')}>
                  <ActionIcon
                    component="a"
                    size={44}
                    aria-label={t('verbs.download')}
                    href={client.url('downloadContent', {
                      params: { id },
                      query: { download: true, ...(version ? { version } : {}) },
                    })}
                    download={name}
                  >
                    <IconDownload size={20} />
                  </ActionIcon>
                </Tooltip>
              </>
            )}
          </header>
          <div className={css.stage}>
            {node && (
              <DownloadContext value={(file) => download([file])}>
                <FileView
                  key={`${id}:${version ?? ''}`}
                  node={node}
                  src={client.url('downloadContent', { params: { id }, query: version ? { version } : {} })}
                />
              </DownloadContext>
            )}
          </div>
          {at > 0 && (
            <Side
              className={css.previous}
              label={t('preview.previous')}
              icon={<IconChevronLeft size={26} />}
              onClick={() => go(-1)}
            />
          )}
          {at >= 0 && at < siblings.length - 1 && (
            <Side
              className={css.next}
              label={t('preview.next')}
              icon={<IconChevronRight size={26} />}
              onClick={() => go(1)}
            />
          )}
          <Preload nodes={[siblings[at + 1], at > 0 ? siblings[at - 1] : undefined]} />
        </div>
      </FocusTrap>
    </Portal>
  );
}

/** The neighbours' pictures are fetched ahead, if they are not huge. */
function Preload({ nodes }: { readonly nodes: readonly (Node | undefined)[] }) {
  return nodes
    .filter((node) => node !== undefined)
    .filter((node) => previewKind(node) === 'image' && node.size < 12_000_000)
    .map((node) => (
      <link
        key={node.id}
        rel="prefetch"
        as="image"
        href={client.url('downloadContent', { params: { id: node.id } })}
      />
    ));
}

function Button({
  label,
  onClick,
  children,
}: {
  readonly label: string;
  onClick(): void;
  readonly children: ReactNode;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon size={44} aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function Side({
  className,
  label,
  icon,
  onClick,
}: {
  readonly className: string | undefined;
  readonly label: string;
  readonly icon: ReactNode;
  onClick(): void;
}) {
  return (
    <button type="button" className={`${css.side} ${className ?? ''}`} aria-label={label} onClick={onClick}>
      {icon}
    </button>
  );
}
