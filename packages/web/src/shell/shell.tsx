import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet } from 'react-router';
import { useLiveUpdates } from '../api/live.ts';
import { PreviewHost } from '../preview/preview-host.tsx';
import { FilesDialogs } from '../screens/files/dialogs.tsx';
import { useFilesUi } from '../screens/files/ui-store.ts';
import { ConflictDialog } from '../upload/conflict-dialog.tsx';
import { UploadPanel } from '../upload/upload-panel.tsx';
import { ActingBanner } from './acting-banner.tsx';
import { BottomBar } from './bottom-bar.tsx';
import { DropLayer } from './drop-layer.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import { SideNav } from './side-nav.tsx';
import css from './shell.module.css';

/** The frame of everything behind the log-in: navigation, the page, and what floats over both. */
export function Shell() {
  const { t } = useTranslation();
  useLiveUpdates();
  useHelpKey();
  return (
    <div className={css.shell}>
      <a href="#main" className="skip-link">
        {t('nav.skip')}
      </a>
      <SideNav />
      <main id="main" className={css.main} tabIndex={-1}>
        <ActingBanner />
        <OfflineBanner />
        <div className={css.content}>
          <Outlet />
        </div>
        <DropLayer />
      </main>
      <BottomBar />
      <UploadPanel />
      <FilesDialogs />
      <ConflictDialog />
      <PreviewHost />
    </div>
  );
}

/** "?" works wherever nothing is being typed. */
function useHelpKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '?' || event.defaultPrevented) return;
      if (
        event.target instanceof Element &&
        event.target.closest('input, textarea, [contenteditable], [role=dialog]')
      )
        return;
      useFilesUi.getState().open({ kind: 'help' });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
