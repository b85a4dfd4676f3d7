import { lazy, Suspense } from 'react';
import { FolderPicker } from './folder-picker.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { NameDialog } from './name-dialog.tsx';
import { useFilesUi } from './ui-store.ts';

const ShareDialog = lazy(() => import('../share/share-dialog.tsx'));
const ShowInCell = lazy(() => import('../cells/show-in-cell.tsx'));

/** The one dialog that is open, if any. */
export function FilesDialogs() {
  const dialog = useFilesUi((state) => state.dialog);
  const close = useFilesUi((state) => state.close);
  if (!dialog) return null;
  if (dialog.kind === 'share')
    return (
      <Suspense>
        <ShareDialog node={dialog.node} onClose={close} />
      </Suspense>
    );
  if (dialog.kind === 'showInCell')
    return (
      <Suspense>
        <ShowInCell node={dialog.node} onClose={close} />
      </Suspense>
    );
  if (dialog.kind === 'help') return <HelpDialog onClose={close} />;
  if (dialog.kind === 'pick') return <FolderPicker verb={dialog.verb} nodes={dialog.nodes} onClose={close} />;
  return <NameDialog dialog={dialog} onClose={close} />;
}
