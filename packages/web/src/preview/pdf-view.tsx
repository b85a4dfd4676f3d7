import { getDocument, GlobalWorkerOptions, TextLayer, type PDFDocumentProxy } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NoPreview } from './no-preview.tsx';
import type { ViewProps } from './view-props.ts';
import css from './preview.module.css';

GlobalWorkerOptions.workerSrc = workerUrl;

interface Loaded {
  readonly document: PDFDocumentProxy;
  /** Of the first page, the guess for those not yet drawn. */
  readonly ratio: number;
}

/** Pages as pictures with their text over them, each drawn when it comes near. */
export default function PdfView({ node, src }: ViewProps) {
  const [loaded, setLoaded] = useState<Loaded | 'broken' | null>(null);
  useEffect(() => {
    const task = getDocument({ url: new URL(src, location.href).href, rangeChunkSize: 1 << 18 });
    let gone = false;
    const load = async () => {
      const document = await task.promise;
      const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 });
      if (!gone) setLoaded({ document, ratio: height / width });
    };
    load().catch(() => !gone && setLoaded('broken'));
    return () => {
      gone = true;
      void task.destroy();
    };
  }, [src]);
  if (loaded === 'broken') return <NoPreview node={node} />;
  if (!loaded) return <div className={css.wait} />;
  return (
    <div className={css.pages} tabIndex={0} role="region" aria-label={node.name}>
      {Array.from({ length: loaded.document.numPages }, (_, index) => (
        <Page key={index} document={loaded.document} number={index + 1} ratio={loaded.ratio} />
      ))}
    </div>
  );
}

interface PageProps {
  readonly document: PDFDocumentProxy;
  readonly number: number;
  readonly ratio: number;
}

function Page({ document, number, ratio }: PageProps) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const near = useNear(frame);

  useEffect(() => {
    if (!near) return;
    let stop = () => {};
    let gone = false;
    const draw = async () => {
      const page = await document.getPage(number);
      const [box, picture, layer] = [frame.current, canvas.current, text.current];
      if (gone || !box || !picture || !layer) return;
      const scale = box.clientWidth / page.getViewport({ scale: 1 }).width;
      const viewport = page.getViewport({ scale });
      const sharp = Math.min(devicePixelRatio, 2);
      picture.width = viewport.width * sharp;
      picture.height = viewport.height * sharp;
      box.style.aspectRatio = `${viewport.width} / ${viewport.height}`;
      const task = page.render({ canvas: picture, viewport: page.getViewport({ scale: scale * sharp }) });
      stop = () => task.cancel();
      await task.promise;
      layer.replaceChildren();
      layer.style.setProperty('--total-scale-factor', String(scale));
      await new TextLayer({
        textContentSource: page.streamTextContent(),
        container: layer,
        viewport,
      }).render();
    };
    draw().catch(() => undefined); // a cancelled drawing is no failure
    return () => {
      gone = true;
      stop();
    };
  }, [document, number, near]);

  return (
    <div
      ref={frame}
      className={css.page}
      style={{ aspectRatio: `1 / ${ratio}` }}
      aria-label={t('preview.page', { number })}
      role="group"
    >
      <canvas ref={canvas} aria-hidden="true" />
      <div ref={text} className={css.textLayer} />
    </div>
  );
}

/** True from when the element first comes within a screen of the view. */
function useNear(target: React.RefObject<HTMLElement | null>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = target.current;
    if (!element) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setNear(true),
      { rootMargin: '100%' },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [target]);
  return near;
}
