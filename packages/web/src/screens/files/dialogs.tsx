import { FolderPicker } from './folder-picker.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { NameDialog } from './name-dialog.tsx';
import { useFilesUi } from './ui-store.ts';

/** The one dialog that is open, if any. */
export function FilesDialogs() {
  const dialog = useFilesUi((state) => state.dialog);
  const close = useFilesUi((state) => state.close);
  if (!dialog) return null;
  if (dialog.kind === 'help') return <HelpDialog onClose={close} />;
  if (dialog.kind === 'pick') return <FolderPicker verb={dialog.verb} nodes={dialog.nodes} onClose={close} />;
  return <NameDialog dialog={dialog} onClose={close} />;
}
