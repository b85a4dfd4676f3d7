import { ActionIcon, Tooltip } from '@mantine/core';
import {
  IconChevronDown,
  IconChevronUp,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconX,
} from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { t } from '../i18n/index.ts';
import { formatDuration, formatSize, formatSpeed } from '../i18n/format.ts';
import { queue, speedometer } from './engine.ts';
import type { Totals, UploadItem } from './queue.ts';
import { useUploads } from './use-uploads.ts';
import css from './upload-panel.module.css';

/** The queue in the corner: what goes on, how fast, how long still, and a hand on each part of it. */
export function UploadPanel() {
  const { t } = useTranslation();
  const { items, totals } = useUploads();
  const [open, setOpen] = useState(true);
  if (items.length === 0) return null;
  const running = totals.active > 0;
  const share = totals.bytes > 0 ? totals.sent / totals.bytes : totals.active === 0 ? 1 : 0;

  return (
    <section className={css.panel} aria-label={t('upload.panel')}>
      <div className={css.head}>
        <h2 className={css.title}>
          <span role="status">{title(totals)}</span>
        </h2>
        <div className={`${css.sub} tabular`}>
          {running ? <Pace totals={totals} /> : formatSize(totals.sent)}
        </div>
        <div className={css.tools}>
          {running && (
            <Tool
              label={t('upload.pauseAll')}
              icon={<IconPlayerPause size={17} />}
              onClick={() => queue.pause()}
            />
          )}
          {!running && totals.paused > 0 && (
            <Tool
              label={t('upload.resumeAll')}
              icon={<IconPlayerPlay size={17} />}
              onClick={() => queue.resume()}
            />
          )}
          {totals.failed > 0 && (
            <Tool
              label={t('upload.retryAll')}
              icon={<IconRefresh size={17} />}
              onClick={() =>
                queue.retry(items.filter((item) => item.state === 'failed').map((item) => item.id))
              }
            />
          )}
          <Tool
            label={t(open ? 'upload.fold' : 'upload.unfold')}
            icon={open ? <IconChevronDown size={17} /> : <IconChevronUp size={17} />}
            onClick={() => setOpen(!open)}
          />
          {running || totals.paused > 0 ? (
            <Tool label={t('upload.cancelAll')} icon={<IconX size={17} />} onClick={() => queue.cancel()} />
          ) : (
            <Tool label={t('upload.clear')} icon={<IconX size={17} />} onClick={() => queue.clear()} />
          )}
        </div>
      </div>
      <div
        className={css.bar}
        role="progressbar"
        aria-label={t('upload.total')}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <div className={css.fill} style={{ transform: `scaleX(${share})` }} />
      </div>
      {open && <Items items={items} />}
    </section>
  );
}

function title(totals: Totals): string {
  if (totals.active > 0) return t('upload.running', { count: totals.count, done: totals.finished });
  if (totals.paused > 0) return t('upload.paused', { count: totals.paused });
  if (totals.failed > 0) return t('upload.failed', { count: totals.failed });
  return totals.count === 0 ? t('upload.cancelled') : t('upload.done', { count: totals.finished });
}

function Pace({ totals }: { readonly totals: Totals }) {
  const { t } = useTranslation();
  const speed = speedometer.speed();
  const left = speedometer.secondsFor(totals.bytes - totals.sent);
  if (speed === 0 || left === null) return t('upload.starting');
  return t('upload.pace', { speed: formatSpeed(speed), left: formatDuration(left) });
}

function Items({ items }: { readonly items: readonly UploadItem[] }) {
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 52,
    overscan: 4,
  });
  return (
    <div
      ref={scroll}
      className={css.list}
      style={{ height: items.length * 52 }}
      tabIndex={0}
      role="group"
      aria-label={useTranslation().t('upload.files')}
    >
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map((row) => {
          const item = items[row.index];
          return item && <Item key={item.id} item={item} top={row.start} />;
        })}
      </div>
    </div>
  );
}

function Item({ item, top }: { readonly item: UploadItem; readonly top: number }) {
  const { t } = useTranslation();
  const { state } = item;
  const share = item.file.size > 0 ? item.sent / item.file.size : 0;
  const name = item.file.name;
  return (
    <div className={css.item} style={{ top }}>
      <div style={{ minWidth: 0 }}>
        <div className={css.name} title={[...item.folders, name].join('/')}>
          {name}
        </div>
        {state === 'sending' ? (
          <div className={css.line}>
            <div className={css.fill} style={{ transform: `scaleX(${share})` }} />
          </div>
        ) : (
          <div className={`${css.sub} ${state === 'failed' ? css.failed : ''}`}>
            {state === 'failed'
              ? item.reason
              : `${t(`upload.state.${state}`)} · ${formatSize(item.file.size)}`}
          </div>
        )}
      </div>
      <div className={css.tools}>
        {(state === 'sending' || state === 'waiting') && (
          <Tool
            label={t('upload.pause', { name })}
            icon={<IconPlayerPause size={16} />}
            onClick={() => queue.pause([item.id])}
          />
        )}
        {state === 'paused' && (
          <Tool
            label={t('upload.resume', { name })}
            icon={<IconPlayerPlay size={16} />}
            onClick={() => queue.resume([item.id])}
          />
        )}
        {(state === 'failed' || state === 'cancelled') && (
          <Tool
            label={t('upload.retry', { name })}
            icon={<IconRefresh size={16} />}
            onClick={() => queue.retry([item.id])}
          />
        )}
        {!['done', 'skipped', 'cancelled'].includes(state) && (
          <Tool
            label={t('upload.cancel', { name })}
            icon={<IconX size={16} />}
            onClick={() => queue.cancel([item.id])}
          />
        )}
      </div>
    </div>
  );
}

function Tool({
  label,
  icon,
  onClick,
}: {
  readonly label: string;
  readonly icon: ReactNode;
  onClick(): void;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon size={34} aria-label={label} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
