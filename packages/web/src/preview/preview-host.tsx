import { lazy, Suspense } from 'react';
import { useSearchParams } from 'react-router';

const PreviewOverlay = lazy(() => import('./preview-overlay.tsx'));

/** The address says what is previewed, so "back" shuts it and a link opens it. */
export function PreviewHost() {
  const [params] = useSearchParams();
  const id = params.get('preview');
  if (!id) return null;
  return (
    <Suspense>
      <PreviewOverlay id={id} version={params.get('version')} />
    </Suspense>
  );
}
