import { ActionIcon } from '@mantine/core';
import { IconZoomIn, IconZoomOut, IconZoomReset } from '@tabler/icons-react';
import { useRef, useState, type PointerEvent, type WheelEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { NoPreview } from './no-preview.tsx';
import type { ViewProps } from './view-props.ts';
import css from './preview.module.css';

const fit = { scale: 1, x: 0, y: 0 };

/** Fits the picture; wheel, buttons or a double click zoom, dragging moves. Through `<img>`, so an SVG's script stays dead. */
export default function ImageView({ node, src }: ViewProps) {
  const { t } = useTranslation();
  const [view, setView] = useState(fit);
  const [state, setState] = useState<'loading' | 'shown' | 'broken'>('loading');
  const drag = useRef<{ x: number; y: number } | null>(null);
  const zoom = (factor: number) =>
    setView((now) => {
      const scale = Math.min(16, Math.max(1, now.scale * factor));
      return scale === 1 ? fit : { scale, x: (now.x * scale) / now.scale, y: (now.y * scale) / now.scale };
    });
  const onWheel = (event: WheelEvent) => zoom(Math.exp(-event.deltaY / 400));
  const onMove = (event: PointerEvent) => {
    if (!drag.current || view.scale === 1) return;
    const { x, y } = drag.current;
    drag.current = { x: event.clientX, y: event.clientY };
    setView((now) => ({ ...now, x: now.x + event.clientX - x, y: now.y + event.clientY - y }));
  };
  if (state === 'broken') return <NoPreview node={node} />;
  return (
    <div
      className={css.image}
      data-zoomed={view.scale > 1 || undefined}
      onWheel={onWheel}
      onDoubleClick={() => (view.scale > 1 ? setView(fit) : zoom(2.5))}
      onPointerDown={(event) => {
        drag.current = { x: event.clientX, y: event.clientY };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onMove}
      onPointerUp={() => (drag.current = null)}
    >
      {state === 'loading' && <div className={css.wait} />}
      <img
        src={src}
        alt={node.name}
        draggable={false}
        style={{
          transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
          opacity: state === 'shown' ? 1 : 0,
        }}
        onLoad={() => setState('shown')}
        onError={() => setState('broken')}
      />
      <div
        className={css.zoom}
        onPointerDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        <ActionIcon size={40} aria-label={t('preview.zoomOut')} onClick={() => zoom(1 / 1.5)}>
          <IconZoomOut size={19} />
        </ActionIcon>
        <ActionIcon size={40} aria-label={t('preview.fit')} onClick={() => setView(fit)}>
          <IconZoomReset size={19} />
        </ActionIcon>
        <ActionIcon size={40} aria-label={t('preview.zoomIn')} onClick={() => zoom(1.5)}>
          <IconZoomIn size={19} />
        </ActionIcon>
      </div>
    </div>
  );
}
