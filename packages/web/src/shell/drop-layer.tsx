import { IconUpload } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFiles } from '../screens/files/drag.ts';
import { useFilesUi } from '../screens/files/ui-store.ts';
import { pickedFromTransfer } from '../upload/entries.ts';
import { startUpload } from '../upload/start.ts';
import css from './shell.module.css';

/** Files dropped or pasted anywhere go to the open folder; shows where that is while they hover. */
export function DropLayer() {
  const { t } = useTranslation();
  const place = useFilesUi((state) => state.place);
  const [over, setOver] = useState(false);

  useEffect(() => {
    let depth = 0;
    const show = (value: boolean) => {
      if (!value) depth = 0;
      setOver(value);
    };
    const enter = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth++;
      show(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth--;
      if (depth <= 0) show(false);
    };
    const move = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = place ? 'copy' : 'none';
    };
    const drop = (event: DragEvent) => {
      show(false);
      if (!event.dataTransfer || !hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (place) void startUpload(place.id, pickedFromTransfer(event.dataTransfer));
    };
    const done = () => show(false);
    const paste = (event: ClipboardEvent) => {
      if (!event.clipboardData || !hasFiles(event.clipboardData) || !place) return;
      if (event.target instanceof Element && event.target.closest('input, textarea')) return;
      event.preventDefault();
      void startUpload(place.id, pickedFromTransfer(event.clipboardData));
    };
    const stop = new AbortController();
    const { signal } = stop;
    addEventListener('dragenter', enter, { signal });
    addEventListener('dragleave', leave, { signal });
    addEventListener('dragover', move, { signal });
    addEventListener('drop', drop, { signal });
    addEventListener('volvox-drop-done', done, { signal });
    addEventListener('paste', paste, { signal });
    return () => stop.abort();
  }, [place]);

  if (!over || !place) return null;
  return (
    <div className={css.drop}>
      <div className={css.dropText}>
        <IconUpload size={19} />
        {t('upload.dropHere', { name: place.name })}
      </div>
    </div>
  );
}
